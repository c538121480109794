/**
 * A loop as one job. The samples of a batch walk along their sequences without seeing each other: so a workgroup takes a
 * few of them through all iterations, with barriers instead of dispatches between the kernels. Only for loops whose
 * kernels are small: weights are read once per workgroup and iteration, where a dispatch would spread them over the GPU.
 */
import type { Access, Affine, ContractKernel, Kernel, Loop, MapKernel, Plan, RowKernel } from '../../compile/plan.ts';
import { accessesOf } from '../../compile/accesses.ts';
import { AccessMapper, rebuildKernel } from '../../compile/rewrite-kernel.ts';
import { accessRange, axisGroups, collapseAxes, product, withGroups } from './axes.ts';
import { type KernelCode, type Section, indent } from './code.ts';
import { contiguousAlongK, contractionAsRows, exchangeOperands } from './contract.ts';
import { BARRIER_COST, DISPATCH_COST, LOAD_COST, LOCAL_COST, MACHINE_INVOCATIONS, tilingCost } from './contract-tiles.ts';
import { Expressions, Names, Scope, type Term, unflatten } from './expressions.ts';
import { type Job, touchesOf, wholeTouch } from './jobs.ts';
import { chooseRowBlock, fitRowBlock, rowLines } from './row.ts';

/** Samples of a workgroup: the components of a vector. */
const SAMPLES = 4;
const THREADS = 256;
/** Steps of k of the left operand that wait in workgroup memory at once: 8 KiB, and as much again for what else may be there. */
const STAGED = 512;
/** Steps of k that neighbouring invocations take where those are neighbours in memory: a sector of 32 bytes. */
const NEIGHBOURS = 8;
const UNROLLED = 4;

/** A kernel whose axis number `sample` is that of the samples, and the first of its group. */
interface SampleKernel<K extends Kernel = Kernel> {
  readonly kernel: K;
  readonly sample: number;
}

/** The loop as a job, or undefined where its samples see each other or where dispatches are faster. */
export function recurrentJob(plan: Plan, loop: Loop): Job | undefined {
  const kernels = plan.kernels.slice(loop.first, loop.end);
  const apart = samplesApart(kernels, plan);
  if (apart === undefined || !gains(kernels, apart)) return undefined;
  const touches = kernels.flatMap((kernel) => touchesOf(kernel)).map(wholeTouch);
  return {
    name: kernels.map(({ name }) => name).join(' > '),
    touches,
    threads: THREADS,
    work: loop.count * kernels.reduce((sum, kernel) => sum + axisGroups(kernel).flat().reduce((all, n) => all * n, 1), 0),
    loss: () => 0,
    emit: (code, threads) => emitRecurrence(apart, loop.count, code, threads),
  };
}

interface Apart {
  readonly samples: number;
  readonly kernels: readonly SampleKernel[];
}

/** The kernels by sample, if no sample reads what another one writes. All of the loop may be one sample: a single workgroup then. */
function samplesApart(kernels: readonly Kernel[], plan: Plan): Apart | undefined {
  const written = new Set(kernels.flatMap((kernel) => accessesOf(kernel).filter(({ isStore }) => isStore).map(({ access }) => rootOf(plan, access.buffer))));
  // Slots of one size, so that a sample's part is at the same place in each.
  const lengths = new Map<number, number>();
  for (const { access } of kernels.flatMap((kernel) => accessesOf(kernel))) {
    const [root, length] = [rootOf(plan, access.buffer), plan.buffers[access.buffer]?.length ?? 0];
    if (written.has(root) && (lengths.get(root) ?? length) !== length) return undefined;
    lengths.set(root, length);
  }
  const candidates = new Set(kernels.flatMap((kernel) => sampleGroups(kernel).flatMap((group) => axisGroups(kernel)[group]?.[0] ?? [])));
  for (const samples of [...candidates.add(1)].sort((a, b) => b - a)) {
    const found: SampleKernel[] = [];
    for (const kernel of kernels) {
      const one = bySample(kernel, samples, (candidate) => isApart(candidate, samples, written, plan));
      if (one === undefined) break;
      found.push(one);
    }
    if (found.length === kernels.length && found.length > 0) return { samples, kernels: found };
  }
  return undefined;
}

const rootOf = (plan: Plan, buffer: number): number => plan.buffers[buffer]?.window?.of ?? buffer;

/** The groups of axes of which one may be that of the samples. */
function sampleGroups(kernel: Kernel): readonly number[] {
  switch (kernel.kind) {
    case 'map':
    case 'row':
      return [0];
    case 'contract':
      return [0, 1, 2];
    case 'scatter':
      return [];
  }
}

/** The kernel with an axis of samples that passes the test; a contraction with samples on its left side, or else as rows. */
function bySample(kernel: Kernel, samples: number, test: (candidate: SampleKernel) => boolean): SampleKernel | undefined {
  if (kernel.kind === 'scatter') return undefined;
  const ways: readonly { readonly kernel: Kernel; readonly group: number }[] =
    kernel.kind !== 'contract' ? [{ kernel, group: 0 }]
    : product(kernel.batchAxes) === 1 ? [{ kernel, group: 1 }, { kernel: exchangeOperands(kernel), group: 1 }, { kernel: contractionAsRows(kernel), group: 0 }]
    : [{ kernel: contractionAsRows(kernel), group: 0 }];
  for (const way of ways) {
    const given = axisGroups(way.kernel)[way.group] ?? [];
    const sizes = given.length === 0 ? [1] : given;
    for (let axis = 0; axis < sizes.length; axis++) {
      const size = sizes[axis] ?? 1;
      if (size % samples !== 0) continue;
      const candidate = sampleFirst(way.kernel, way.group, axis, samples);
      // The tile of a contraction has samples on its side and nothing else.
      if (candidate.kernel.kind === 'contract' && product(candidate.kernel.mAxes) !== samples) continue;
      if (test(candidate)) return { ...candidate, kernel: collapseAxes(candidate.kernel, candidate.sample), sample: candidate.kernel.kind === 'contract' ? 0 : candidate.sample };
    }
  }
  return undefined;
}

/** Cuts an axis into samples and the rest, and puts the samples first in their group. */
function sampleFirst(kernel: Kernel, group: number, axis: number, samples: number): SampleKernel {
  const groups = axisGroups(kernel);
  const from = groups.slice(0, group).reduce((sum, axes) => sum + axes.length, 0);
  const rest = (groups[group]?.[axis] ?? 1) / samples;
  const mapper = new AccessMapper((at: Affine) => {
    const strides = [...at.strides];
    strides.splice(from, 0, samples === 1 ? 0 : (at.strides[from + axis] ?? 0) * rest);
    return { offset: at.offset, strides };
  });
  const changed = groups.map((axes, g) => (g === group ? [samples, ...axes.map((n, d) => (d === axis ? rest : n))] : axes));
  return { kernel: withGroups(rebuildKernel(kernel, mapper), changed), sample: from };
}

/** Whether each sample has its own part of all that the loop writes: equal parts of each buffer, in their order. */
function isApart({ kernel, sample }: SampleKernel, samples: number, written: ReadonlySet<number>, plan: Plan): boolean {
  if (samples === 1) return true;
  const sizes = axisGroups(kernel).flat();
  const inOwnPart = (access: Access): boolean => {
    const buffer = plan.buffers[access.buffer];
    if (buffer === undefined || !written.has(rootOf(plan, access.buffer))) return true;
    // Images with margins share their places; what is written both as a whole and in windows has no slots.
    if (buffer.role === 'temporary' && buffer.offset < plan.clearedBytes) return false;
    const isWhole = plan.buffers.some(({ window }) => window?.of === access.buffer);
    const { window, length } = buffer;
    if (isWhole || access.indirect !== undefined || length % samples !== 0) return false;
    if (window !== undefined && (window.first % length !== 0 || window.step % length !== 0)) return false;
    const part = length / samples;
    const range = accessRange({ ...access, strides: access.strides.map((stride, d) => (d === sample ? 0 : stride)) }, sizes);
    return range === undefined || (access.strides[sample] === part && range.min >= 0 && range.max < part);
  };
  return accessesOf(kernel).every(({ access }) => inOwnPart(access));
}

/** Whether the loop takes less time this way, by the model of the tiles. */
function gains(originals: readonly Kernel[], { samples, kernels }: Apart): boolean {
  const waves = Math.max(1, (Math.ceil(samples / SAMPLES) * THREADS) / MACHINE_INVOCATIONS);
  const points = (kernel: Kernel): number => axisGroups(kernel).flat().reduce((all, size) => all * size, 1);
  const loads = (kernel: Kernel): number => LOAD_COST * accessesOf(kernel).length;
  const inside = kernels.reduce((sum, { kernel }) => {
    // Each weight is loaded once for all samples of a workgroup; other kernels have nothing in common.
    const each = kernel.kind === 'contract' ? LOAD_COST + LOCAL_COST + SAMPLES : Math.min(SAMPLES, samples) * loads(kernel);
    return sum + 2 * BARRIER_COST + waves * Math.ceil(points(kernel) / samples / THREADS) * each;
  }, 0);
  const dispatched = originals.reduce((sum, kernel) => {
    const [batch = 1, m = 1, n = 1, k = 1] = axisGroups(kernel).map(product);
    return sum + DISPATCH_COST + (kernel.kind === 'contract' ? tilingCost(batch, m, n, k) : Math.max(1, points(kernel) / MACHINE_INVOCATIONS) * loads(kernel));
  }, 0);
  return inside < dispatched;
}

function emitRecurrence({ samples, kernels }: Apart, count: number, code: KernelCode, threads: number): Section {
  const names = new Names();
  const groups = Math.ceil(samples / SAMPLES);
  const body = [
    // Nobody may repeat the work of another: they would be at different iterations.
    `if (group >= ${groups}) { return; }`,
    `let first_sample = group * ${SAMPLES};`,
    `let last_sample = min(first_sample + ${SAMPLES}, ${samples}) - 1;`,
    `for (var iteration = 0; iteration < ${count}; iteration++) {`,
    ...code.insideLoop(() => kernels.flatMap((each) => ['{', ...indent([`// ${each.kernel.name}`, ...kernelLines(each, code, names, threads), 'storageBarrier();']), '}'].map((line) => `  ${line}`))),
    '}',
  ];
  return { name: kernels.map(({ kernel }) => kernel.name).join(' > '), body, threads, groups };
}

function kernelLines({ kernel, sample }: SampleKernel, code: KernelCode, names: Names, threads: number): string[] {
  switch (kernel.kind) {
    case 'map':
      return mapLines(kernel, code, names, threads);
    case 'row':
      return rowsLines(kernel, code, names, threads);
    case 'contract':
      return contractLines({ kernel, sample }, code, names, threads);
    case 'scatter':
      throw new Error(`'${kernel.name}' is a scatter, whose samples are not apart`);
  }
}

function mapLines(kernel: MapKernel, code: KernelCode, names: Names, threads: number): string[] {
  const [, ...rest] = kernel.axes;
  const scope = new Scope();
  const [inBlock = '0', ...others] = unflatten(names, scope, 'point', [SAMPLES, ...rest]);
  scope.lines.push(`let sample = first_sample + ${inBlock};`);
  new Expressions(code, names, { axes: ['sample', ...others].map((text): Term => ({ text, level: 0 })), sizes: kernel.axes, accumulators: [], scopes: [scope] }).stores(kernel.stores);
  return [`for (var point = lane; point < (last_sample - first_sample + 1) * ${product(rest)}; point += ${threads}) {`, ...indent(scope.lines), '}'];
}

function rowsLines(kernel: RowKernel, code: KernelCode, names: Names, threads: number): string[] {
  const perSample = product(kernel.rowAxes.slice(1));
  const block = fitRowBlock(chooseRowBlock(SAMPLES * perSample, product(kernel.elementAxes), false), threads);
  return [
    `for (var rows = 0; rows < (last_sample - first_sample + 1) * ${perSample}; rows += ${block.rows}) {`,
    ...indent(rowLines(kernel, code, names, block, `first_sample * ${perSample} + rows`, `last_sample * ${perSample} + ${perSample - 1}`)),
    '}',
  ];
}

/**
 * Columns over invocations, the samples of each as a vector. The left operand of all samples waits in workgroup memory;
 * what parts of k come to is put there too, and the stores are spread over all invocations again.
 */
function contractLines({ kernel }: SampleKernel<ContractKernel>, code: KernelCode, names: Names, threads: number): string[] {
  const [n, k] = [product(kernel.nAxes), product(kernel.kAxes)];
  const sizes = [...kernel.mAxes, ...kernel.nAxes, ...kernel.kAxes];
  const kFrom = 1 + kernel.nAxes.length;
  const nAt = kernel.nAxes.map((_, d) => d + 1);
  const alongK = contiguousAlongK(kernel.b, nAt, kernel.kAxes.map((_, d) => d + kFrom));
  const columns = Math.min(n, alongK ? threads / NEIGHBOURS : threads);
  const parts = Math.min(k, Math.floor(threads / columns));
  const chunk = Math.min(k, STAGED);
  const term = (text: string, level: number): Term => ({ text, level });
  code.workgroupArray('tiles', 'vec4<f32>', chunk + threads);

  const stage = (firstK: string): string[] => {
    const scope = new Scope();
    const kAxes = unflatten(names, scope, 'at', kernel.kAxes).map((text) => term(text, 0));
    const values = Array.from({ length: SAMPLES }, (_, c) => {
      const sample = names.next('sample');
      scope.lines.push(`let ${sample} = min(first_sample + ${c}, last_sample);`);
      return new Expressions(code, names, { axes: [term(sample, 0), ...kernel.nAxes.map(() => undefined), ...kAxes], sizes, accumulators: [], scopes: [scope] }).value(kernel.a).text;
    });
    return [
      `for (var item = lane; item < ${k % chunk === 0 ? chunk : `min(${chunk}, ${k} - ${firstK})`}; item += ${threads}) {`,
      `  let at = ${firstK} + item;`,
      ...indent([...scope.lines, `tiles[item] = vec4<f32>(${values.join(', ')});`]),
      '}',
      'workgroupBarrier();',
    ];
  };

  const outer = new Scope();
  const nAxes = unflatten(names, outer, 'n', kernel.nAxes).map((text) => term(text, 0));
  const inner = new Scope();
  const unrolled = chunk % (parts * UNROLLED) === 0 && k % chunk === 0 ? UNROLLED : 1;
  for (let u = 0; u < unrolled; u++) {
    const [item, at] = [names.next('item'), names.next('at')];
    inner.lines.push(`let ${item} = step + ${u * parts};`, `let ${at} = first_k + ${item};`);
    const kAxes = unflatten(names, inner, at, kernel.kAxes).map((text) => term(text, 1));
    const value = new Expressions(code, names, { axes: [undefined, ...nAxes, ...kAxes], sizes, accumulators: [], scopes: [outer, inner] }).value(kernel.b).text;
    inner.lines.push(`sum += tiles[${item}] * ${value};`);
  }
  const accumulate = (firstK: string): string[] => [
    `let first_k = ${firstK};`,
    `for (var step = part; step < ${k % chunk === 0 ? chunk : `min(${chunk}, ${k} - first_k)`}; step += ${parts * unrolled}) {`,
    ...indent(inner.lines),
    '}',
  ];

  const last = new Scope();
  const outAxes = unflatten(names, last, 'n', kernel.nAxes).map((text) => term(text, 0));
  new Expressions(code, names, { axes: [term('sample', 0), ...outAxes, ...kernel.kAxes.map(() => undefined)], sizes: [...kernel.mAxes, ...kernel.nAxes, ...kernel.kAxes.map(() => 1)], accumulators: [term('sum', 0)], scopes: [last] }).stores(kernel.stores);

  const isWhole = chunk === k;
  return [
    `let column = ${alongK ? `lane / ${parts}` : `lane % ${columns}`};`,
    `let part = ${alongK ? `lane % ${parts}` : `lane / ${columns}`};`,
    ...(isWhole ? stage('0') : []),
    `for (var first_n = 0; first_n < ${n}; first_n += ${columns}) {`,
    ...indent([
      'var sum = vec4<f32>();',
      // Invocations without a column of their own take the last one along: barriers want every one.
      `let n = min(first_n + min(column, ${columns - 1}), ${n - 1});`,
      ...outer.lines,
      ...(isWhole ? accumulate('0') : [`for (var chunk_k = 0; chunk_k < ${k}; chunk_k += ${chunk}) {`, ...indent([...stage('chunk_k'), ...accumulate('chunk_k'), 'workgroupBarrier();']), '}']),
      `if (column < ${columns} && part < ${parts}) { tiles[${chunk} + part * ${columns} + column] = sum; }`,
      'workgroupBarrier();',
      `for (var item = lane; item < ${SAMPLES * columns}; item += ${threads}) {`,
      ...indent([
        `let sample = first_sample + item / ${columns};`,
        `let n = first_n + item % ${columns};`,
        `if (sample <= last_sample && n < ${n}) {`,
        ...indent([
          'var sum = 0f;',
          `for (var part = 0; part < ${parts}; part++) { sum += tiles[${chunk} + part * ${columns} + item % ${columns}][item / ${columns}]; }`,
          ...last.lines,
        ]),
        '}',
      ]),
      '}',
      'workgroupBarrier();',
    ]),
    '}',
  ];
}
