/**
 * Row kernels: reductions and what depends on them (softmax, norms, losses, metrics). A workgroup is a block
 * of `rows` rows by `parts` invocations per row; each invocation walks its share of the elements and a tree in
 * workgroup memory joins the shares, always in the same order, so that the same input gives the same bits.
 */
import type { Access, RowKernel, RowStage, ScalarExpr } from '../../compile/plan.ts';
import { collapseAxes, product } from './axes.ts';
import { type KernelCode, type RegisterType, type Section, indent } from './code.ts';
import { Expressions, Names, Scope, type Term, exprType, unflatten } from './expressions.ts';

const MAX_THREADS = 256;
const MIN_THREADS = 64;
/** Sizes of workgroups in which rows are joined. */
export const ROW_THREADS = [MIN_THREADS, 128, MAX_THREADS] as const;
/** Below this many elements a row is one invocation's work: a tree would cost more than it saves. */
const SHORT_ROW = 8;
/** An invocation should have at least this many elements to itself before the tree begins. */
const ELEMENTS_PER_PART = 4;
/** Enough invocations to fill a large GPU; past that, more parts per row only add tree steps. */
const ENOUGH_INVOCATIONS = 1 << 17;

export interface RowBlock {
  /** Rows and invocations per row of a workgroup, both powers of two. */
  readonly rows: number;
  readonly parts: number;
  /** Neighbouring invocations take neighbouring rows (not neighbouring elements), because those are neighbours in memory. */
  readonly rowsFirst: boolean;
}

/** The block with workgroups of `threads` invocations. */
export function fitRowBlock({ rows, parts, rowsFirst }: RowBlock, threads: number): RowBlock {
  if (rows * parts === threads) return { rows, parts, rowsFirst };
  const kept = Math.min(parts, threads);
  return { rows: threads / kept, parts: kept, rowsFirst };
}

/** Every row is one invocation's work. */
export const ROW_PER_INVOCATION: RowBlock = { rows: MIN_THREADS, parts: 1, rowsFirst: true };

const powerOfTwoBelow = (n: number): number => 2 ** Math.floor(Math.log2(Math.max(1, n)));

/** How rows are spread over invocations; a pure function of the sizes and of what is contiguous. */
export function chooseRowBlock(rows: number, elements: number, rowsContiguous: boolean): RowBlock {
  if (elements <= SHORT_ROW) return ROW_PER_INVOCATION;
  let parts = Math.min(MAX_THREADS, powerOfTwoBelow(elements / ELEMENTS_PER_PART));
  if (rowsContiguous) {
    // 32 neighbouring rows are one memory transaction on most GPUs.
    const width = Math.min(32, powerOfTwoBelow(rows));
    while (parts > 1 && (parts * width > MAX_THREADS || rows * parts > ENOUGH_INVOCATIONS)) parts /= 2;
    return { rows: Math.max(width, MIN_THREADS / parts), parts, rowsFirst: true };
  }
  while (parts > 32 && rows * parts > ENOUGH_INVOCATIONS) parts /= 2;
  return { rows: Math.max(1, MIN_THREADS / parts), parts, rowsFirst: false };
}

/** Every load of the stages, each once. */
function stageLoads(stages: readonly RowStage[]): Access[] {
  const seen = new Set<ScalarExpr>();
  const loads: Access[] = [];
  const visit = (expr: ScalarExpr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'load') loads.push(expr.access);
    else if (expr.kind === 'call') expr.args.forEach(visit);
  };
  for (const stage of stages) visit(stage.kind === 'reduce' ? stage.value : stage.store.value);
  return loads;
}

/** Whether most loads step by less from row to row than from element to element. */
function rowsAreContiguous(kernel: RowKernel): boolean {
  const lastRow = kernel.rowAxes.length - 1;
  const lastElement = kernel.rowAxes.length + kernel.elementAxes.length - 1;
  if (kernel.rowAxes.length === 0 || kernel.elementAxes.length === 0) return false;
  let votes = 0;
  for (const load of stageLoads(kernel.stages)) {
    const byRow = Math.abs(load.strides[lastRow] ?? 0);
    const byElement = Math.abs(load.strides[lastElement] ?? 0);
    if (byRow === 0 || byElement === 0) continue;
    votes += byRow < byElement ? 1 : -1;
  }
  return votes > 0;
}

/** The block that suits the kernel. */
export function rowBlockOf(original: RowKernel): RowBlock {
  const kernel = collapseAxes(original);
  return chooseRowBlock(product(kernel.rowAxes), product(kernel.elementAxes), rowsAreContiguous(kernel));
}

export function emitRow(original: RowKernel, code: KernelCode, block = rowBlockOf(original)): Section {
  const kernel = collapseAxes(original);
  const rowCount = product(kernel.rowAxes);
  const body = rowLines(kernel, code, new Names(), block, `group * ${block.rows}`, `${rowCount - 1}`);
  return { name: kernel.name, body, threads: block.rows * block.parts, groups: Math.ceil(rowCount / block.rows) };
}

/** What a workgroup does with the block of rows from number `first` on, as far as number `last`. */
export function rowLines(kernel: RowKernel, code: KernelCode, names: Names, block: RowBlock, first: string, last: string): string[] {
  const elementCount = product(kernel.elementAxes);
  const outer = new Scope();
  const rowInBlock = block.parts === 1 ? 'lane' : block.rowsFirst ? `lane % ${block.rows}` : `lane / ${block.parts}`;
  const part = block.parts === 1 ? '0' : block.rowsFirst ? `lane / ${block.rows}` : `lane % ${block.parts}`;
  outer.lines.push(`let slot = ${rowInBlock};`, `let part = ${part};`, `let wanted_row = ${first} + slot;`);
  // Rows past the end compute the last row again, because barriers want every invocation; they store nothing.
  outer.lines.push(`let row = min(wanted_row, ${last});`);
  const live = 'wanted_row == row';
  const rowAxes = unflatten(names, outer, 'row', kernel.rowAxes).map((text): Term => ({ text, level: 0 }));
  const accumulators: Term[] = [];
  const sizes = [...kernel.rowAxes, ...kernel.elementAxes];

  for (const stage of kernel.stages) {
    const inner = new Scope();
    const elementAxes = unflatten(names, inner, 'element', kernel.elementAxes).map((text): Term => ({ text, level: 1 }));
    const expressions = new Expressions(code, names, { axes: [...rowAxes, ...elementAxes], sizes, accumulators, scopes: [outer, inner] });
    const loop = `for (var element = part; element < ${elementCount}; element += ${block.parts}) {`;
    if (stage.kind === 'each') {
      expressions.stores([stage.store], live);
      outer.lines.push(loop, ...indent(inner.lines), '}');
    } else {
      const type = exprType(stage.value);
      const value = expressions.value(stage.value).text;
      const reduction = reductionOf(code, stage.fn, type);
      const best = names.next('sum');
      const at = `${best}_at`;
      const argmax = stage.fn === 'argmax';
      outer.lines.push(`var ${best} = ${reduction.identity};`);
      if (argmax) {
        outer.lines.push(`var ${at} = 2147483647;`);
        inner.lines.push(`if (${reduction.join(value, best, 'element', at)}) { ${best} = ${value}; ${at} = element; }`);
      } else {
        inner.lines.push(`${best} = ${reduction.join(best, value, '', '')};`);
      }
      outer.lines.push(loop, ...indent(inner.lines), '}');
      if (block.parts > 1) outer.lines.push(...tree(code, block, type, reduction, best, argmax ? at : undefined));
      accumulators[stage.index] = { text: argmax ? at : best, level: 0 };
    }
  }
  if (kernel.finish.length > 0) {
    const inner = new Scope();
    const expressions = new Expressions(code, names, { axes: rowAxes, sizes, accumulators, scopes: [inner] });
    expressions.stores(kernel.finish);
    outer.lines.push(`if (${live} && part == 0) {`, ...indent(inner.lines), '}');
  }
  return outer.lines;
}

interface Reduction {
  readonly identity: string;
  /** The join of two partial results; for argmax the condition that the first beats the second. */
  join(a: string, b: string, aAt: string, bAt: string): string;
}

function reductionOf(code: KernelCode, fn: 'sum' | 'max' | 'min' | 'argmax', type: RegisterType): Reduction {
  const lowest = code.constant(type === 'f32' ? -Infinity : -2_147_483_648, type);
  switch (fn) {
    case 'sum':
      return { identity: code.constant(0, type), join: (a, b) => `${a} + ${b}` };
    case 'max':
      return { identity: lowest, join: (a, b) => (type === 'f32' ? `${code.helper('max_nan')}(${a}, ${b})` : `max(${a}, ${b})`) };
    case 'min':
      return { identity: code.constant(type === 'f32' ? Infinity : 2_147_483_647, type), join: (a, b) => (type === 'f32' ? `${code.helper('min_nan')}(${a}, ${b})` : `min(${a}, ${b})`) };
    case 'argmax':
      return {
        identity: lowest,
        join: (a, b, aAt, bAt) => (type === 'f32' ? `${code.helper('beats')}(${a}, ${aAt}, ${b}, ${bAt})` : `${a} > ${b} || (${a} == ${b} && ${aAt} < ${bAt})`),
      };
  }
}

/** Joins the parts of each row; afterwards every invocation of the row holds the result. */
function tree(code: KernelCode, block: RowBlock, type: RegisterType, reduction: Reduction, best: string, at: string | undefined): string[] {
  // Parts that are neighbours meet within their subgroup first, without barriers.
  const together = block.rowsFirst ? 1 : code.subgroup(block.parts);
  const lines = together === 1 ? [] : shuffles(together, reduction, best, at);
  if (together === block.parts) return lines;
  const values = `scratch_${type}`;
  const groups = (block.rows * block.parts) / together;
  code.workgroupArray(values, type, groups);
  if (at !== undefined) code.workgroupArray('scratch_at', 'i32', groups);
  if (together > 1) return [...lines, ...gather(block.parts / together, together, values, reduction, best, at)];
  const stride = block.rowsFirst ? block.rows : 1;
  const first = block.rowsFirst ? 'slot' : `slot * ${block.parts}`;
  const join = at === undefined
    ? [`${values}[lane] = ${reduction.join(`${values}[lane]`, `${values}[lane + half * ${stride}]`, '', '')};`]
    : [
        `let other = lane + half * ${stride};`,
        `if (${reduction.join(`${values}[other]`, `${values}[lane]`, 'scratch_at[other]', 'scratch_at[lane]')}) { ${values}[lane] = ${values}[other]; scratch_at[lane] = scratch_at[other]; }`,
      ];
  return [
    `${values}[lane] = ${best};`,
    ...(at === undefined ? [] : [`scratch_at[lane] = ${at};`]),
    'workgroupBarrier();',
    `for (var half = ${block.parts / 2}; half > 0; half = half / 2) {`,
    '  if (part < half) {',
    ...indent(indent(join)),
    '  }',
    '  workgroupBarrier();',
    '}',
    `${best} = ${values}[${first}];`,
    ...(at === undefined ? [] : [`${at} = scratch_at[${first}];`]),
    'workgroupBarrier();',
  ];
}

/** Joins `size` neighbouring invocations, so that each of them holds the result: always the same halves with each other, whatever the subgroup's real size. */
function shuffles(size: number, reduction: Reduction, best: string, at: string | undefined): string[] {
  const lines: string[] = [];
  for (let half = 1; half < size; half *= 2) {
    const other = `${best}_${half}`;
    lines.push(`let ${other} = subgroupShuffleXor(${best}, ${half}u);`);
    if (at === undefined) lines.push(`${best} = ${reduction.join(best, other, '', '')};`);
    else {
      lines.push(`let ${other}_at = subgroupShuffleXor(${at}, ${half}u);`);
      lines.push(`if (${reduction.join(other, best, `${other}_at`, at)}) { ${best} = ${other}; ${at} = ${other}_at; }`);
    }
  }
  return lines;
}

/** Joins what the `count` subgroups of a row, of `size` invocations each, have come to; each invocation reads all of them in their order. */
function gather(count: number, size: number, values: string, reduction: Reduction, best: string, at: string | undefined): string[] {
  const next = at === undefined
    ? [`${best} = ${reduction.join(best, `${values}[slot * ${count} + i]`, '', '')};`]
    : [`if (${reduction.join(`${values}[slot * ${count} + i]`, best, `scratch_at[slot * ${count} + i]`, at)}) { ${best} = ${values}[slot * ${count} + i]; ${at} = scratch_at[slot * ${count} + i]; }`];
  return [
    `if (lane % ${size} == 0) { ${values}[lane / ${size}] = ${best};${at === undefined ? '' : ` scratch_at[lane / ${size}] = ${at};`} }`,
    'workgroupBarrier();',
    `${best} = ${values}[slot * ${count}];`,
    ...(at === undefined ? [] : [`${at} = scratch_at[slot * ${count}];`]),
    `for (var i = 1; i < ${count}; i++) {`,
    ...indent(next),
    '}',
    'workgroupBarrier();',
  ];
}
