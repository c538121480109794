/**
 * Writes matrix products, convolutions and both of their gradients as sums of products over axes,
 * so that one kernel kind runs them all. A gradient by the input of a strided convolution becomes
 * one sum per phase of the stride, so that no multiplication by a known zero is ever made.
 */
import { type Value, type Window, isOp } from '../tensor/ir.ts';
import { type Axis, AxisSpace, type Lin, ZERO, addLin, axisLin, constantLin, scaleLin, shiftLin } from './affine.ts';
import { type SymGuard, guardUnlessInside } from './symbolic.ts';

export interface Factor {
  readonly value: Value;
  readonly index: readonly Lin[];
  readonly guards: readonly SymGuard[];
}
export interface Contraction {
  readonly space: AxisSpace;
  readonly outAxes: readonly Axis[];
  readonly kAxes: readonly Axis[];
  /** Index of the result at a point of outAxes. */
  readonly outIndex: readonly Lin[];
  /** Undefined where the sum is empty. */
  readonly a: Factor | undefined;
  readonly b: Factor | undefined;
  /** Axes of a small square window that slides by single steps. */
  readonly sliding?: SlidingAxes;
  /** No axis is shared by many outputs of one factor (depthwise convolution): products, not a matrix product. */
  readonly elementwise: boolean;
}

export interface SlidingAxes {
  readonly kind: 'filter' | 'weightGrad';
  readonly image: Axis;
  readonly positions: readonly Axis[];
  readonly taps: readonly Axis[];
  readonly inner: Axis;
  readonly columns: Axis;
  /** Rows and columns of the image, and of the margin before them where the window begins. */
  readonly extent: readonly number[];
  readonly before: readonly number[];
}

/** Taps along each axis for which minimal filtering is worth it. */
const [FEWEST_TAPS, MOST_TAPS] = [2, 5];
/** Whether it applies: two spatial axes with as many taps each, which step like the positions, and one group. */
const slides = (taps: readonly number[], steps: readonly number[], groups: number): boolean =>
  groups === 1 && taps.length === 2 && taps[0] === taps[1] && taps.every((n) => n >= FEWEST_TAPS && n <= MOST_TAPS) && steps.every((n) => n === 1);

/** Where the image ends, and how far before it the first window begins. */
const extent = (image: Value, read: readonly Lin[]): Pick<SlidingAxes, 'extent' | 'before'> => ({ extent: image.shape.slice(2), before: read.map(({ constant }) => -constant) });

export function contractionParts(value: Value<'dot' | 'conv' | 'convInputGrad' | 'convWeightGrad'>): Contraction[] {
  if (isOp(value, 'conv')) return [conv(value)];
  if (isOp(value, 'convInputGrad')) return convInputGrad(value);
  if (isOp(value, 'convWeightGrad')) return [convWeightGrad(value)];
  return [dot(value)];
}

function dot(value: Value): Contraction {
  const [a, b] = twoInputs(value);
  const space = new AxisSpace();
  const outAxes = space.axes(value.shape);
  const kAxis = space.axis(a.shape.at(-1) ?? 1);
  const out = outAxes.map(axisLin);
  const batch = out.slice(0, -2);
  const m = out.at(-2) ?? ZERO;
  const n = out.at(-1) ?? ZERO;
  return {
    space, outAxes, kAxes: [kAxis], outIndex: out, elementwise: false,
    a: { value: a, index: [...batch, m, axisLin(kAxis)], guards: [] },
    b: { value: b, index: [...batch, axisLin(kAxis), n], guards: [] },
  };
}

function twoInputs(value: Value): [Value, Value] {
  const [a, b] = value.inputs;
  if (a === undefined || b === undefined) throw new Error(`${value.op} needs two inputs`);
  return [a, b];
}

/** Channel forms of a grouped convolution: group · channels per group + channel. */
function channels(space: AxisSpace, groups: number, inPerGroup: number, outPerGroup: number): { group: Axis; inner: Axis; outer: Axis; input: Lin; output: Lin } {
  const group = space.axis(groups);
  const inner = space.axis(inPerGroup);
  const outer = space.axis(outPerGroup);
  return {
    group, inner, outer,
    input: addLin(scaleLin(axisLin(group), inPerGroup), axisLin(inner)),
    output: addLin(scaleLin(axisLin(group), outPerGroup), axisLin(outer)),
  };
}

const at = (list: readonly number[], i: number): number => list[i] ?? 0;

/** Where output position `out` and tap `tap` read: out · stride + tap · dilation − padding. */
function inputPosition(window: Window, d: number, out: Lin, tap: Lin): Lin {
  return shiftLin(addLin(scaleLin(out, at(window.stride, d)), scaleLin(tap, at(window.dilation, d))), -at(window.padBefore, d));
}

/** Depthwise: one channel in and few out per group leave nothing to share. */
const isDepthwise = (groups: number, inPerGroup: number, outPerGroup: number): boolean => groups > 1 && inPerGroup === 1 && outPerGroup <= 2;

function conv(value: Value<'conv'>): Contraction {
  const [x, w] = twoInputs(value);
  const { window, groups } = value.attrs;
  const space = new AxisSpace();
  const sample = space.axis(value.shape[0] ?? 1);
  const c = channels(space, groups, w.shape[1] ?? 1, (w.shape[0] ?? 1) / groups);
  const positions = space.axes(value.shape.slice(2));
  const taps = space.axes(w.shape.slice(2));
  const read = positions.map((p, d) => inputPosition(window, d, axisLin(p), axisLin(taps[d] ?? p)));
  return {
    space, outAxes: [sample, ...positions, c.group, c.outer], kAxes: [...taps, c.inner],
    outIndex: [axisLin(sample), c.output, ...positions.map(axisLin)],
    a: { value: x, index: [axisLin(sample), c.input, ...read], guards: read.flatMap((lin, d) => guardUnlessInside(lin, x.shape[d + 2] ?? 1)) },
    b: { value: w, index: [c.output, axisLin(c.inner), ...taps.map(axisLin)], guards: [] },
    ...(slides(window.size, [...window.stride, ...window.dilation], groups) ? { sliding: { kind: 'filter', image: sample, positions, taps, inner: c.inner, columns: c.outer, ...extent(x, read) } } : {}),
    elementwise: isDepthwise(groups, w.shape[1] ?? 1, (w.shape[0] ?? 1) / groups),
  };
}

function convWeightGrad(value: Value<'convWeightGrad'>): Contraction {
  const [x, dy] = twoInputs(value);
  const { window, groups } = value.attrs;
  const space = new AxisSpace();
  const sample = space.axis(x.shape[0] ?? 1);
  const c = channels(space, groups, value.shape[1] ?? 1, (value.shape[0] ?? 1) / groups);
  const positions = space.axes(dy.shape.slice(2));
  const taps = space.axes(value.shape.slice(2));
  const read = positions.map((p, d) => inputPosition(window, d, axisLin(p), axisLin(taps[d] ?? p)));
  return {
    space, outAxes: [...taps, c.group, c.inner, c.outer], kAxes: [sample, ...positions],
    outIndex: [c.output, axisLin(c.inner), ...taps.map(axisLin)],
    a: { value: x, index: [axisLin(sample), c.input, ...read], guards: read.flatMap((lin, d) => guardUnlessInside(lin, x.shape[d + 2] ?? 1)) },
    b: { value: dy, index: [axisLin(sample), c.output, ...positions.map(axisLin)], guards: [] },
    ...(slides(window.size, [...window.stride, ...window.dilation], groups) ? { sliding: { kind: 'weightGrad', image: sample, positions, taps, inner: c.inner, columns: c.outer, ...extent(x, read) } } : {}),
    elementwise: isDepthwise(groups, value.shape[1] ?? 1, (value.shape[0] ?? 1) / groups),
  };
}

/** The taps that reach input positions ≡ residue (mod stride), and where they read. */
interface Phase {
  readonly residue: number;
  /** Input positions of this phase. */
  readonly count: number;
  readonly taps: number;
  /** Tap number = firstTap + step · j, output position = q + shift − advance · j, for the q-th input position. */
  readonly firstTap: number;
  readonly step: number;
  readonly shift: number;
  readonly advance: number;
}

export function stridePhases(window: Window, d: number, inputSize: number): Phase[] {
  const stride = at(window.stride, d);
  const dilation = at(window.dilation, d);
  const size = at(window.size, d);
  const pad = at(window.padBefore, d);
  const phases: Phase[] = [];
  for (let residue = 0; residue < Math.min(stride, inputSize); residue++) {
    const reaching = Array.from({ length: size }, (_, tap) => tap).filter((tap) => (residue + pad - tap * dilation) % stride === 0);
    const first = reaching[0] ?? 0;
    const step = (reaching[1] ?? first + 1) - first;
    phases.push({
      residue, count: Math.ceil((inputSize - residue) / stride), taps: reaching.length, firstTap: first, step,
      shift: (residue + pad - first * dilation) / stride, advance: (step * dilation) / stride,
    });
  }
  return phases;
}

/** All combinations of one phase per spatial axis. */
export function phaseProduct(perAxis: readonly (readonly Phase[])[]): Phase[][] {
  return perAxis.reduce<Phase[][]>((all, phases) => all.flatMap((head) => phases.map((phase) => [...head, phase])), [[]]);
}

function convInputGrad(value: Value<'convInputGrad'>): Contraction[] {
  const [dy, w] = twoInputs(value);
  const { window, groups } = value.attrs;
  const inPerGroup = w.shape[1] ?? 1;
  const outPerGroup = (w.shape[0] ?? 1) / groups;
  const spatial = value.shape.slice(2);
  return phaseProduct(spatial.map((n, d) => stridePhases(window, d, n))).map((phases): Contraction => {
    const space = new AxisSpace();
    const sample = space.axis(value.shape[0] ?? 1);
    const c = channels(space, groups, inPerGroup, outPerGroup);
    const positions = space.axes(phases.map((p) => p.count));
    const outIndex = [axisLin(sample), c.input, ...phases.map((p, d) => shiftLin(scaleLin(axisLin(positions[d] ?? sample), at(window.stride, d)), p.residue))];
    const outAxes = [sample, ...positions, c.group, c.inner];
    const elementwise = isDepthwise(groups, inPerGroup, outPerGroup);
    if (phases.some((p) => p.taps === 0)) return { space, outAxes, kAxes: [], outIndex, a: undefined, b: undefined, elementwise };
    const taps = space.axes(phases.map((p) => p.taps));
    // Taps run backwards, so that dy is read forwards.
    const j = phases.map((p, d) => addLin(constantLin(p.taps - 1), scaleLin(axisLin(taps[d] ?? sample), -1)));
    const read = phases.map((p, d) => shiftLin(addLin(axisLin(positions[d] ?? sample), scaleLin(j[d] ?? ZERO, -p.advance)), p.shift));
    return {
      space, outAxes, kAxes: [...taps, c.outer], outIndex, elementwise,
      ...(slides(phases.map((p) => p.taps), phases.map((p) => p.advance), groups) ? { sliding: { kind: 'filter', image: sample, positions, taps, inner: c.outer, columns: c.inner, ...extent(dy, read) } } : {}),
      a: { value: dy, index: [axisLin(sample), c.output, ...read], guards: read.flatMap((lin, d) => guardUnlessInside(lin, dy.shape[d + 2] ?? 1)) },
      b: { value: w, index: [c.output, axisLin(c.inner), ...phases.map((p, d) => shiftLin(scaleLin(j[d] ?? ZERO, p.step), p.firstTap))], guards: [] },
    };
  });
}
