/**
 * Contractions as tiled products. The operands are expressions over views, so a workgroup evaluates a tile of
 * each into workgroup memory (with the guards of padded windows) and multiplies from there: matrix products,
 * convolutions and both of their gradients without any copy of the input in memory.
 */
import type { BufferId, ContractKernel, RowKernel, ScalarExpr } from '../../compile/plan.ts';
import { AccessMapper } from '../../compile/rewrite-kernel.ts';
import { collapseAxes, product } from './axes.ts';
import { type KernelCode, type Section, indent } from './code.ts';
import { type Tile, type Tiling, chooseTiling, tileM, tileN, tileThreads } from './contract-tiles.ts';
import { Expressions, Names, Scope, type Term, unflatten } from './expressions.ts';
import { type NewBuffer, rowMajor } from './split.ts';

/** A contraction with its tiling. With `partial`, results go there as [splits, batch…, m…, n…] and `join` finishes. */
export interface TiledContraction {
  readonly kernel: ContractKernel;
  readonly tiling: Tiling;
  readonly partial: BufferId | undefined;
  readonly join: RowKernel | undefined;
}

/** Products with a side this short are reductions: a tile would be mostly waste. */
const SHORT_SIDE = 2;

export const isReduction = (kernel: ContractKernel): boolean => Math.min(product(kernel.mAxes), product(kernel.nAxes)) <= SHORT_SIDE;

/** A contraction as one reduction per output element. */
export function contractionAsRows(kernel: ContractKernel): RowKernel {
  return {
    kind: 'row',
    name: kernel.name,
    origins: kernel.origins,
    rowAxes: [...kernel.batchAxes, ...kernel.mAxes, ...kernel.nAxes],
    elementAxes: kernel.kAxes,
    stages: [{ kind: 'reduce', fn: 'sum', index: 0, value: { kind: 'call', fn: 'mul', dtype: 'f32', args: [kernel.a, kernel.b] } }],
    finish: kernel.stores,
  };
}

export function tileContraction(original: ContractKernel, newBuffer: NewBuffer, wanted?: Tiling): TiledContraction {
  const kernel = orientContraction(original);
  const [batch, m, n, k] = [kernel.batchAxes, kernel.mAxes, kernel.nAxes, kernel.kAxes].map(product) as [number, number, number, number];
  const tiling = wanted ?? chooseTiling(batch, m, n, k);
  if (tiling.splits === 1) return { kernel, tiling, partial: undefined, join: undefined };
  const rowAxes = [...kernel.batchAxes, ...kernel.mAxes, ...kernel.nAxes];
  const partial = newBuffer('f32', tiling.splits * product(rowAxes));
  const load: ScalarExpr = { kind: 'load', dtype: 'f32', access: { buffer: partial, offset: 0, strides: [...rowMajor(rowAxes), product(rowAxes)], guards: [], fill: 0 } };
  const mapper = new AccessMapper((at) => ({ offset: at.offset, strides: [...rowAxes.map((_, d) => at.strides[d] ?? 0), 0] }));
  const join: RowKernel = {
    kind: 'row', name: `${kernel.name}.join`, origins: kernel.origins, rowAxes, elementAxes: [tiling.splits],
    stages: [{ kind: 'reduce', fn: 'sum', index: 0, value: load }], finish: kernel.stores.map((s) => mapper.store(s)),
  };
  return { kernel, tiling, partial, join };
}

/** Whether an operand's loads are closer together along k than along its other side (axes `side`). */
export function contiguousAlongK(expr: ScalarExpr, side: readonly number[], kAxes: readonly number[]): boolean {
  const lastSide = side[side.length - 1];
  const lastK = kAxes[kAxes.length - 1];
  let votes = 0;
  const seen = new Set<ScalarExpr>();
  const visit = (e: ScalarExpr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.kind === 'call') e.args.forEach(visit);
    if (e.kind !== 'load') return;
    const bySide = Math.abs(lastSide === undefined ? 0 : (e.access.strides[lastSide] ?? 0));
    const byK = Math.abs(lastK === undefined ? 0 : (e.access.strides[lastK] ?? 0));
    if (bySide !== 0 && byK !== 0) votes += byK < bySide ? 1 : -1;
    else if (byK === 1) votes += 1;
  };
  visit(expr);
  return votes > 0;
}

/** Whether neighbours along m are neighbours in the output, rather than those along n. */
function outputAlongM(kernel: ContractKernel): boolean {
  const to = kernel.stores[0]?.to;
  const stride = (from: number, count: number): number => (count === 0 ? 0 : Math.abs(to?.strides[from + count - 1] ?? 0)) || Infinity;
  const mFrom = kernel.batchAxes.length;
  return stride(mFrom, kernel.mAxes.length) < stride(mFrom + kernel.mAxes.length, kernel.nAxes.length);
}

/** The same contraction with its operands exchanged where that makes the output contiguous along n. */
export function orientContraction(kernel: ContractKernel): ContractKernel {
  return outputAlongM(kernel) ? exchangeOperands(kernel) : kernel;
}

/** m and n, and their operands, in each other's place. */
export function exchangeOperands(kernel: ContractKernel): ContractKernel {
  const order = [
    ...range(0, kernel.batchAxes.length),
    ...range(kernel.batchAxes.length + kernel.mAxes.length, kernel.nAxes.length),
    ...range(kernel.batchAxes.length, kernel.mAxes.length),
    ...range(kernel.batchAxes.length + kernel.mAxes.length + kernel.nAxes.length, kernel.kAxes.length),
  ];
  const mapper = new AccessMapper((at) => ({ offset: at.offset, strides: order.map((d) => at.strides[d] ?? 0) }));
  return { ...kernel, mAxes: kernel.nAxes, nAxes: kernel.mAxes, a: mapper.expr(kernel.b), b: mapper.expr(kernel.a), stores: kernel.stores.map((s) => mapper.store(s)) };
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** `tile` instead of the tiling's own; the parts of k stay as they are. */
export function emitContraction(tiled: TiledContraction, code: KernelCode, tile = tiled.tiling.tile): Section {
  const { tiling, partial } = tiled;
  const kernel = collapseAxes(tiled.kernel);
  const { splits, chunk } = tiling;
  const names = new Names();
  const outer = new Scope();
  const inner = new Scope();
  const [batch, m, n, k] = [kernel.batchAxes, kernel.mAxes, kernel.nAxes, kernel.kAxes].map(product) as [number, number, number, number];
  const [tilesM, tilesN] = [Math.ceil(m / tileM(tile)), Math.ceil(n / tileN(tile))];
  const groups = splits * batch * tilesM * tilesN;
  const threads = tileThreads(tile);
  const sizes = [...kernel.batchAxes, ...kernel.mAxes, ...kernel.nAxes, ...kernel.kAxes];
  const mFrom = kernel.batchAxes.length;
  const nFrom = mFrom + kernel.mAxes.length;
  const kFrom = nFrom + kernel.nAxes.length;
  const mAt = range(mFrom, kernel.mAxes.length);
  const nAt = range(nFrom, kernel.nAxes.length);
  const kAt = range(kFrom, kernel.kAxes.length);

  // An excess workgroup of a two-dimensional grid repeats the last one's work: barriers want no early return.
  outer.lines.push(`let job = min(group, ${groups - 1});`);
  const [split = '0', batchFlat = '0', blockM = '0', blockN = '0'] = unflatten(names, outer, 'job', [splits, batch, tilesM, tilesN]);
  outer.lines.push(`let first_m = ${blockM} * ${tileM(tile)};`, `let first_n = ${blockN} * ${tileN(tile)};`);
  const batchAxes = unflatten(names, outer, batchFlat, kernel.batchAxes).map((text): Term => ({ text, level: 0 }));
  outer.lines.push(`let first_k = ${split} * ${chunk};`, `let last_k = min(first_k + ${chunk}, ${k});`);

  /** Loads a tile of one operand; vectors of 4 along its side, rows padded by one vector against bank conflicts. */
  const loadTile = (operand: 'a' | 'b'): void => {
    const expr = operand === 'a' ? kernel.a : kernel.b;
    const [side, sideSizes, sideTile, first] = operand === 'a' ? [mAt, kernel.mAxes, tileM(tile), 'first_m'] as const : [nAt, kernel.nAxes, tileN(tile), 'first_n'] as const;
    const vectors = sideTile / 4;
    const stride = vectors + 1;
    const slots = vectors * tile.k;
    const alongK = contiguousAlongK(expr, side, kAt);
    for (let slot = 0; slot * threads < slots; slot++) {
      const [kIn, vectorIn] = slotPosition(slot, threads, alongK ? tile.k : vectors, alongK);
      const kLocal = define(names, outer, kIn);
      const vector = define(names, outer, vectorIn);
      const kFlat = define(names, inner, `step + ${kLocal}`);
      const kAxes = unflatten(names, inner, kFlat, kernel.kAxes).map((text): Term => ({ text, level: 1 }));
      const parts: string[] = [];
      for (let c = 0; c < 4; c++) {
        const flat = define(names, outer, `${first} + ${vector} * 4 + ${c}`);
        const sideAxes = unflatten(names, outer, flat, sideSizes).map((text): Term => ({ text, level: 0 }));
        const axes: (Term | undefined)[] = sizes.map((_, d) => (d < mFrom ? batchAxes[d] : d >= kFrom ? kAxes[d - kFrom] : sideAxes[side.indexOf(d)]));
        parts.push(new Expressions(code, names, { axes, sizes, accumulators: [], scopes: [outer, inner] }).value(expr).text);
      }
      // Past the end of k both operands must be 0: 0 times a stray NaN would be NaN.
      const value = `vec4<f32>(${parts.join(', ')})`;
      const inside = k % tile.k === 0 && chunk % tile.k === 0 ? value : `select(vec4<f32>(), ${value}, ${kFlat} < last_k)`;
      const store = `tiles[${kLocal} * ${stride} + ${vector}${operand === 'a' ? '' : ` + ${tileVectorsA(tile)}`}] = ${inside};`;
      inner.lines.push((slot + 1) * threads <= slots ? store : `if (lane < ${slots - slot * threads}) { ${store} }`);
    }
  };
  outer.lines.push(`let tx = lane % ${tile.x};`, `let ty = lane / ${tile.x};`);
  code.workgroupArray('tiles', 'vec4<f32>', Math.max(tileVectorsA(tile) + tileVectorsB(tile), stagedVectors(tile)));
  loadTile('a');
  loadTile('b');
  const sums = range(0, tile.blocksM * 4).flatMap((i) => range(0, tile.blocksN).map((j) => `var sum${i}_${j} = vec4<f32>();`));
  const body = [
    ...outer.lines,
    ...sums,
    `for (var step = first_k; step < last_k; step += ${tile.k}) {`,
    ...indent(inner.lines),
    '  workgroupBarrier();',
    `  for (var kk = 0; kk < ${tile.k}; kk++) {`,
    ...indent(indent(multiply(tile))),
    '  }',
    '  workgroupBarrier();',
    '}',
    ...finish(tile, m, n, finishLines(kernel, code, names, `${split} * ${batch} + ${batchFlat}`, splits === 1 ? undefined : partial, batch, m, n)),
  ];
  return { name: kernel.name, body, threads, groups };
}

const tileVectorsA = (tile: Tile): number => tile.k * (tileM(tile) / 4 + 1);
const tileVectorsB = (tile: Tile): number => tile.k * (tileN(tile) / 4 + 1);
/** One row of each block of an invocation, of all invocations. */
const stagedVectors = (tile: Tile): number => (tile.y * tileN(tile)) / 4;

/** Where within the tile the slot-th vector of an invocation lies: its k and its vector number. */
function slotPosition(slot: number, threads: number, fastExtent: number, alongK: boolean): readonly [string, string] {
  // All extents are powers of two, so that the fast position is the same for all slots of an invocation.
  const even = threads % fastExtent === 0;
  const number = slot === 0 ? 'lane' : `(lane + ${slot * threads})`;
  const fast = even ? `lane % ${fastExtent}` : `${number} % ${fastExtent}`;
  const slow = even && slot > 0 ? `lane / ${fastExtent} + ${(slot * threads) / fastExtent}` : `${number} / ${fastExtent}`;
  return alongK ? [fast, slow] : [slow, fast];
}

function define(names: Names, scope: Scope, text: string): string {
  const known = scope.names.get(text);
  if (known !== undefined) return known;
  const name = names.next('p');
  scope.lines.push(`let ${name} = ${text};`);
  scope.names.set(text, name);
  return name;
}

/** One step of k: a column of the a tile by a row of the b tile. */
function multiply(tile: Tile): string[] {
  const [strideA, strideB] = [tileM(tile) / 4 + 1, tileN(tile) / 4 + 1];
  const lines: string[] = [];
  for (let i = 0; i < tile.blocksM; i++) lines.push(`let a${i} = tiles[kk * ${strideA} + ty + ${i * tile.y}];`);
  for (let j = 0; j < tile.blocksN; j++) lines.push(`let b${j} = tiles[kk * ${strideB} + tx + ${tileVectorsA(tile) + j * tile.x}];`);
  for (let i = 0; i < tile.blocksM; i++) {
    for (const [c, component] of ['x', 'y', 'z', 'w'].entries()) {
      for (let j = 0; j < tile.blocksN; j++) lines.push(`sum${i * 4 + c}_${j} += a${i}.${component} * b${j};`);
    }
  }
  return lines;
}

/**
 * Hands the sums on, row by row through workgroup memory: so the stores are written once however many sums an
 * invocation has, and neighbouring invocations store neighbouring elements.
 */
function finish(tile: Tile, m: number, n: number, stores: readonly string[]): string[] {
  const rowVectors = tileN(tile) / 4;
  const cases = range(0, tile.blocksM * 4).map((i) => {
    const writes = range(0, tile.blocksN).map((j) => `tiles[ty * ${rowVectors} + tx + ${j * tile.x}] = sum${i}_${j};`);
    return `case ${i}: { ${writes.join(' ')} }`;
  });
  return [
    `for (var turn = 0; turn < ${tile.blocksM * 4}; turn++) {`,
    '  switch turn {',
    ...indent(indent(cases)),
    '    default: { }',
    '  }',
    '  workgroupBarrier();',
    `  for (var item = lane; item < ${tile.y * tileN(tile)}; item += ${tileThreads(tile)}) {`,
    `    let column = item % ${tileN(tile)};`,
    `    let line = item / ${tileN(tile)};`,
    `    let m = first_m + (line + turn / 4 * ${tile.y}) * 4 + turn % 4;`,
    '    let n = first_n + column;',
    `    if (m < ${m} && n < ${n}) {`,
    `      let sum = tiles[line * ${rowVectors} + column / 4][column % 4];`,
    ...indent(indent(indent(stores))),
    '    }',
    '  }',
    '  workgroupBarrier();',
    '}',
  ];
}

/** What happens with a finished sum at (part = split · batch, m, n): the kernel's stores, or a partial result. */
function finishLines(kernel: ContractKernel, code: KernelCode, names: Names, part: string, partial: BufferId | undefined, batch: number, m: number, n: number): string[] {
  const scope = new Scope();
  const level = 0;
  const accumulators: Term[] = [{ text: 'sum', level }];
  scope.lines.push(`let part = ${part};`);
  if (partial === undefined) {
    const axes = [...unflatten(names, scope, 'part', kernel.batchAxes), ...unflatten(names, scope, 'm', kernel.mAxes), ...unflatten(names, scope, 'n', kernel.nAxes)];
    const sizes = [...kernel.batchAxes, ...kernel.mAxes, ...kernel.nAxes, ...kernel.kAxes.map(() => 1)];
    new Expressions(code, names, { axes: axes.map((text) => ({ text, level })), sizes, accumulators, scopes: [scope] }).stores(kernel.stores);
  } else {
    const to = { buffer: partial, offset: 0, strides: [m * n, n, 1], guards: [], fill: 0 };
    new Expressions(code, names, { axes: ['part', 'm', 'n'].map((text) => ({ text, level })), sizes: [batch, m, n], accumulators, scopes: [scope] })
      .stores([{ to, value: { kind: 'accumulator', index: 0, dtype: 'f32' }, dtype: 'f32' }]);
  }
  return scope.lines;
}
