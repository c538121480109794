/**
 * Scatter kernels without atomics on floats, whose order would change from run to run: a workgroup owns an
 * output row, looks through the indices together, and adds what falls into its row in the order of the indices.
 */
import type { ScatterKernel } from '../../compile/plan.ts';
import { collapseAxes, product } from './axes.ts';
import { type KernelCode, type Section, i32Text, indent, registerType } from './code.ts';
import { Expressions, Names, Scope, type Term, exprType, unflatten } from './expressions.ts';

const FEW_THREADS = 64;
const MANY_THREADS = 256;

/** Invocations of a workgroup that suit the scatter. */
export const scatterThreads = (kernel: ScatterKernel): number => (product(kernel.restAxes) <= FEW_THREADS ? FEW_THREADS : MANY_THREADS);

export function emitScatter(original: ScatterKernel, code: KernelCode, threads = scatterThreads(original)): Section {
  const kernel = collapseAxes(original);
  const names = new Names();
  const indexRank = kernel.indexAxes.length;
  // Index axes along which the output moves belong to the output; the others are summed over.
  const free = kernel.indexAxes.map((_, d) => (kernel.to.strides[d] ?? 0) !== 0);
  const freeSizes = kernel.indexAxes.filter((_, d) => free[d] === true);
  const summedSizes = kernel.indexAxes.filter((_, d) => free[d] !== true);
  const summed = product(summedSizes);
  const rest = product(kernel.restAxes);
  const restBlocks = Math.ceil(rest / threads);
  const groupSizes = [kernel.rows, ...freeSizes, restBlocks];
  const words = threads / 32;

  const outer = new Scope();
  // An excess workgroup of a two-dimensional grid repeats the last one's work: barriers want no early return.
  outer.lines.push(`let job = min(group, ${product(groupSizes) - 1});`);
  const [row = '0', ...others] = unflatten(names, outer, 'job', groupSizes);
  const restBlock = others[others.length - 1] ?? '0';
  outer.lines.push(`let wanted_rest = ${restBlock} * ${threads} + lane;`, `let rest = min(wanted_rest, ${rest - 1});`);
  const restAxes = unflatten(names, outer, 'rest', kernel.restAxes).map((text): Term => ({ text, level: 0 }));
  const sizes = [...kernel.indexAxes, ...kernel.restAxes];
  const type = registerType(exprType(kernel.value));

  /** The names of the index axes, given those of the summed ones. */
  const indexAxes = (summedNames: readonly string[]): Term[] => {
    let freeAt = 0;
    let summedAt = 0;
    return kernel.indexAxes.map((_, d) => (free[d] === true ? { text: others[freeAt++] ?? '0', level: 0 } : { text: summedNames[summedAt++] ?? '0', level: 1 }));
  };

  const search = new Scope();
  const found = new Expressions(code, names, { axes: [...indexAxes(unflatten(names, search, 'at', summedSizes)), ...restAxes], sizes, accumulators: [], scopes: [outer, search] });
  const index = found.value(kernel.row).text;
  search.lines.push(`if (clamp(${index}, 0, ${i32Text(kernel.rows - 1)}) == ${row}) { atomicOr(&hits[lane >> 5u], 1u << (u32(lane) & 31u)); }`);

  const add = new Scope();
  const adder = new Expressions(code, names, { axes: [...indexAxes(unflatten(names, add, 'hit', summedSizes)), ...restAxes], sizes, accumulators: [], scopes: [outer, add] });
  const value = adder.value(kernel.value).text;
  const movesWithSum = (strides: readonly number[]): boolean => kernel.indexAxes.some((_, d) => free[d] !== true && (strides[d] ?? 0) !== 0);
  const conditions = adder.guards(kernel.to.guards.filter((g) => movesWithSum(g.strides)));
  add.lines.push(conditions.length === 0 ? `sum += ${value};` : `if (${conditions.map((c) => c.text).join(' && ')}) { sum += ${value}; }`);

  code.workgroupArray('hits', 'atomic<u32>', words);
  const body = [
    `var sum = ${code.constant(0, type)};`,
    `for (var base = 0; base < ${summed}; base += ${threads}) {`,
    `  if (lane < ${words}) { atomicStore(&hits[lane], 0u); }`,
    '  workgroupBarrier();',
    '  let at = base + lane;',
    `  if (at < ${summed}) {`,
    ...indent(indent(search.lines)),
    '  }',
    '  workgroupBarrier();',
    `  for (var word = 0; word < ${words}; word++) {`,
    '    var left = atomicLoad(&hits[word]);',
    '    while (left != 0u) {',
    '      let hit = base + word * 32 + i32(firstTrailingBit(left));',
    '      left &= left - 1u;',
    ...indent(indent(indent(add.lines))),
    '    }',
    '  }',
    '  workgroupBarrier();',
    '}',
  ];

  const last = new Scope();
  const rank = indexRank + kernel.restAxes.length;
  const writer = new Expressions(code, names, {
    axes: [...indexAxes([]).map((axis) => (axis.level === 0 ? axis : undefined)), ...restAxes, { text: row, level: 0 }],
    sizes: [...sizes, kernel.rows],
    accumulators: [{ text: 'sum', level: 0 }],
    scopes: [last],
  });
  const to = { ...kernel.to, strides: [...Array.from({ length: rank }, (_, d) => kernel.to.strides[d] ?? 0), kernel.rowStride], guards: kernel.to.guards.filter((g) => !movesWithSum(g.strides)) };
  writer.stores([{ to, value: { kind: 'accumulator', index: 0, dtype: type }, dtype: type }], 'wanted_rest == rest');
  return { name: kernel.name, body: [...outer.lines, ...body, ...last.lines], threads, groups: product(groupSizes) };
}
