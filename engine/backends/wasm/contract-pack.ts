/** Packing for contractions: copies of a factor in the order in which the register tiles read it. */
import type { ContractShape } from './contract-shape.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';

/** Right factor to panels [batch, outer columns, panel][depth][column] in the shared scratch memory; threads share the panels. */
export function emitPackRight(f: FunctionBuilder, shape: ContractShape, bufferParam: (id: number) => Local): void {
  const { batch, nInner, sizes, b, panels, k } = shape;
  const kFirst = nInner + 1;
  const shared = f.params.length - 2;
  const nest = new Nest(f, bufferParam);
  const source = nest.address(b.buffer, b, 4);
  const outerColumns = shape.n.slice(0, -1);
  const units = [...batch, ...outerColumns, panels];
  const [target, columnStart] = f.locals('i32', 2) as [Local, Local];
  const share = threadShare(f, units.reduce((p, x) => p * x, 1));
  const depthAxes = k.map((_, i) => kFirst + i);

  f.get(shared);
  f.get(share.begin).i32(shape.panelBytes).op('i32Mul').op('i32Add').set(target);
  unitLoop(f, units, share, (index) => {
    const panel = index.at(-1) as Local;
    f.get(panel).i32(shape.panel).op('i32Mul').set(columnStart);
    nest.start([...index.slice(0, batch.length), ...shape.m.map(() => undefined), ...index.slice(batch.length, -1), columnStart]);
    copyPanel(f, nest, shape, panel, source, target, depthAxes, sizes);
  });
}

/** Floats of a cache line. */
export const LINE = 16;

/**
 * Ask for so many cache lines of a factor, from where the loops stand, in each row of a run of depth. Panel by panel (or block by block) each
 * row is met a few cache lines at a time, rows apart, which no processor foresees: the gradient of a weight of 64 × 256 over 6272 rows
 * takes 5.1 instead of 5.7 ms.
 */
export function fetchDepth(f: FunctionBuilder, nest: Nest, factor: Local, lines: Local, firstDepthAxis: number, depthSizes: readonly number[], sizes: readonly number[]): void {
  const axes = depthSizes.map((_, i) => firstDepthAxis + i);
  const [at, left] = f.locals('i32', 2) as [Local, Local];
  nest.loops(axes, sizes.map((size, axis) => depthSizes[axis - firstDepthAxis] ?? size), () => {
    f.get(factor).set(at).get(lines).set(left);
    f.loop(() => {
      f.get(at).i32Load().op('drop');
      f.increment(at, LINE * 4);
      f.get(left).i32(1).op('i32Sub').tee(left).branchIf(0);
    });
  });
}

/** The run of depth where the loops stand, of one panel, to private scratch memory: [depth][column]. `right` is the address of its first number. */
export function packPanel(f: FunctionBuilder, nest: Nest, shape: ContractShape, panel: Local, right: Local, target: Local, firstDepthAxis: number, depthSizes: readonly number[]): void {
  copyPanel(f, nest, shape, panel, right, target, depthSizes.map((_, i) => firstDepthAxis + i), shape.sizes.map((size, axis) => depthSizes[axis - firstDepthAxis] ?? size));
}

/** Leaves the loops where they stood and `target` behind the panel. */
function copyPanel(f: FunctionBuilder, nest: Nest, { b, nInner, panel: wide, panels, sizes: all }: ContractShape, panel: Local, source: Local, target: Local, depthAxes: readonly number[], sizes: readonly number[]): void {
  const stride = b.strides[nInner] ?? 0;
  const depthInner = depthAxes.at(-1) as number;
  const innerSize = sizes[depthInner] ?? 1;
  const transposes = stride !== 1 && b.strides[depthInner] === 1 && innerSize >= 4;
  const copy = (columns: number): void => nest.loops(depthAxes.slice(0, -1), sizes, () => {
    let done = 0;
    if (transposes) {
      f.repeat(f.local('i32'), Math.floor(innerSize / 4), () => {
        transposeFour(f, source, target, stride, columns, wide);
        nest.advance(depthInner, 4);
        f.increment(target, 4 * wide * 4);
      });
      done = Math.floor(innerSize / 4) * 4;
    }
    if (innerSize > done) {
      f.repeat(f.local('i32'), innerSize - done, () => {
        copyRow(f, source, target, stride, columns);
        nest.advance(depthInner, 1);
        f.increment(target, wide * 4);
      });
    }
    nest.advance(depthInner, -innerSize);
  });
  const width = (all[nInner] ?? 1) - (panels - 1) * wide;
  if (panels === 1 || width === wide) copy(width);
  else f.get(panel).i32(panels - 1).op('i32Eq').if(() => copy(width), () => copy(wide));
}

/** Missing columns repeat the last one: what is computed from them is never stored, and nothing outside is read. */
const columnOffset = (column: number, stride: number, columns: number): number => Math.min(column, columns - 1) * stride * 4;

function pushAt(f: FunctionBuilder, address: Local, offset: number): number {
  f.get(address);
  if (offset < 0) f.i32(offset).op('i32Add');
  return Math.max(offset, 0);
}

/** One depth step of a panel. */
function copyRow(f: FunctionBuilder, source: Local, target: Local, stride: number, columns: number): void {
  for (let part = 0; part * 4 < columns; part++) {
    f.get(target);
    if (stride === 1 && columns >= part * 4 + 4) f.get(source).vLoad(part * 16);
    else if (stride === 0) f.get(source).vLoad32Splat();
    else {
      f.vi32(0);
      const vector = f.local('v128');
      f.set(vector);
      for (let lane = 0; lane < 4; lane++) {
        const offset = pushAt(f, source, columnOffset(part * 4 + lane, stride, columns));
        f.get(vector).vLoad32Lane(lane, offset).set(vector);
      }
      f.get(vector);
    }
    f.vStore(part * 16);
  }
}

/** Four depth steps of a panel `wide` columns wide whose depth is contiguous: a 4×4 transpose for every four columns. */
function transposeFour(f: FunctionBuilder, source: Local, target: Local, stride: number, columns: number, wide: number): void {
  for (let part = 0; part * 4 < columns; part++) {
    const rows = f.locals('v128', 4) as [Local, Local, Local, Local];
    rows.forEach((row, i) => {
      const offset = pushAt(f, source, columnOffset(part * 4 + i, stride, columns));
      f.vLoad(offset).set(row);
    });
    const [r0, r1, r2, r3] = rows;
    const [a, b, c, d] = f.locals('v128', 4) as [Local, Local, Local, Local];
    f.get(r0).get(r1).shuffle(0, 4, 1, 5).set(a);
    f.get(r0).get(r1).shuffle(2, 6, 3, 7).set(b);
    f.get(r2).get(r3).shuffle(0, 4, 1, 5).set(c);
    f.get(r2).get(r3).shuffle(2, 6, 3, 7).set(d);
    f.get(target).get(a).get(c).shuffle(0, 1, 4, 5).vStore(part * 16);
    f.get(target).get(a).get(c).shuffle(2, 3, 6, 7).vStore(wide * 4 + part * 16);
    f.get(target).get(b).get(d).shuffle(0, 1, 4, 5).vStore(2 * wide * 4 + part * 16);
    f.get(target).get(b).get(d).shuffle(2, 3, 6, 7).vStore(3 * wide * 4 + part * 16);
  }
}

/** Left factor's current row block to [depth][rows rounded up to 4] in the thread's private scratch memory. */
export function packLeft(f: FunctionBuilder, nest: Nest, shape: ContractShape, left: Local, privateScratch: Local, firstDepthAxis: number, depthSizes: readonly number[]): void {
  const padded = Math.ceil(shape.blockRows / 4) * 4;
  const stride = shape.a.strides[shape.mInner] ?? 0;
  const target = f.local('i32');
  f.get(privateScratch).set(target);
  const axes = depthSizes.map((_, i) => firstDepthAxis + i);
  // The sizes of the block, not of the whole depth, at the places of its axes.
  const sizes = shape.sizes.map((size, axis) => depthSizes[axis - firstDepthAxis] ?? size);
  nest.loops(axes, sizes, () => {
    for (let r = 0; r < padded; r += 4) {
      f.get(target);
      if (stride === 1) f.get(left).vLoad(r * 4);
      else {
        const vector = f.local('v128');
        f.vi32(0).set(vector);
        for (let lane = 0; lane < 4; lane++) {
          const offset = pushAt(f, left, Math.min(r + lane, shape.blockRows - 1) * stride * 4);
          f.get(vector).vLoad32Lane(lane, offset).set(vector);
        }
        f.get(vector);
      }
      f.vStore(r * 4);
    }
    f.increment(target, padded * 4);
  });
}
