/**
 * Shape rules that several node types share: what an input must look like, and the arithmetic of
 * sliding windows. Each failure says the numbers and, where there is an obvious one, the way out.
 */
import type { ParamValue } from '../graph/document.ts';
import { type Dim, type Repair, ShapeError, type TensorType } from './node-type.ts';
import type { Window } from '../tensor/ir.ts';

/** "[N, 1, 28, 28]" */
export const formatShape = (shape: readonly Dim[]): string => `[${shape.join(', ')}]`;

/** The size of an axis that is not the batch. */
export function sizeOf(type: TensorType, axis: number): number {
  const dim = type.shape.at(axis);
  if (typeof dim !== 'number') throw new ShapeError({ en: `needs a fixed size at axis ${axis}, got ${formatShape(type.shape)}`, zh: `需要第 ${axis} 轴大小固定，但得到 ${formatShape(type.shape)}` }, { code: 'shape-rank' });
  return dim;
}
/** The sizes behind the batch axis. */
export const sizesBehindBatch = (type: TensorType): number[] => type.shape.slice(1).map((_, i) => sizeOf(type, i + 1));

export function inputAt(ins: readonly TensorType[], index: number, port: string): TensorType {
  const type = ins[index];
  if (type === undefined) throw new ShapeError({ en: `needs a wire at '${port}'`, zh: `需要在“${port}”处连线` }, { code: 'missing-input', port });
  return type;
}

/** Layers compute with f32; whole numbers are classes or tokens and need an Embedding first. */
export function requireFloat(type: TensorType, port = 'x'): void {
  if (type.dtype === 'f32') return;
  throw new ShapeError({
    en: `needs numbers of type f32 at '${port}', got ${type.dtype} ${formatShape(type.shape)} (class indices or tokens); insert an Embedding`,
    zh: `需要“${port}”处是 f32 类型的数，但得到 ${type.dtype} ${formatShape(type.shape)}（类别编号或词元）；请插入 Embedding（嵌入层）`,
  }, {
    code: 'dtype-mismatch',
    port,
    repair: { kind: 'insert-node', type: 'Embedding', beforePort: port, ...(type.classes === undefined ? {} : { params: { vocabulary: type.classes } }) },
  });
}

/** The first input as f32 with at least `rank` axes, the batch included. */
export function requireFeatures(ins: readonly TensorType[], rank = 2): TensorType {
  const x = inputAt(ins, 0, 'x');
  requireFloat(x);
  if (x.shape.length >= rank) return x;
  throw new ShapeError({
    en: `needs at least ${rank} axes [N, …], got ${formatShape(x.shape)}; insert a Reshape`,
    zh: `需要至少 ${rank} 个轴 [N, …]，但得到 ${formatShape(x.shape)}；请插入 Reshape（变形）`,
  }, {
    code: 'shape-rank', port: 'x', repair: reshapeBefore([...sizesBehindBatch(x), ...new Array<number>(rank - x.shape.length).fill(1)]),
  });
}

/** The first input as an f32 image batch [N, C, H, W]. */
export function requireImage(ins: readonly TensorType[]): { readonly type: TensorType; readonly channels: number; readonly spatial: readonly [number, number] } {
  const x = inputAt(ins, 0, 'x');
  requireFloat(x);
  if (x.shape.length === 4) return { type: x, channels: sizeOf(x, 1), spatial: [sizeOf(x, 2), sizeOf(x, 3)] };
  const target = imageOf(sizesBehindBatch(x));
  throw new ShapeError({
    en: `needs 4-D input [N, C, H, W], got ${formatShape(x.shape)}; insert a Reshape${target === undefined ? '' : ` to ${formatShape(target)}`}`,
    zh: `需要四维输入 [N, C, H, W]，但得到 ${formatShape(x.shape)}；请插入 Reshape（变形）${target === undefined ? '' : `，变为 ${formatShape(target)}`}`,
  }, {
    code: 'shape-rank', port: 'x', repair: reshapeBefore(target),
  });
}

/** The first input as an f32 sequence batch [N, C, L]. */
export function requireSequence(ins: readonly TensorType[]): { readonly type: TensorType; readonly channels: number; readonly length: number } {
  const x = inputAt(ins, 0, 'x');
  requireFloat(x);
  if (x.shape.length === 3) return { type: x, channels: sizeOf(x, 1), length: sizeOf(x, 2) };
  const sizes = sizesBehindBatch(x);
  const target = sizes.length === 1 ? [1, ...sizes] : sizes.length > 2 ? [sizes[0] ?? 1, -1] : undefined;
  throw new ShapeError({
    en: `needs 3-D input [N, C, L], got ${formatShape(x.shape)}; insert a Reshape${target === undefined ? '' : ` to ${formatShape(target)}`}`,
    zh: `需要三维输入 [N, C, L]，但得到 ${formatShape(x.shape)}；请插入 Reshape（变形）${target === undefined ? '' : `，变为 ${formatShape(target)}`}`,
  }, {
    code: 'shape-rank', port: 'x', repair: reshapeBefore(target),
  });
}

/** The [C, H, W] that flat or channel-less sizes most likely are: a square grey or RGB picture. */
function imageOf(sizes: readonly number[]): number[] | undefined {
  if (sizes.length === 2) return [1, ...sizes];
  const [features] = sizes;
  if (sizes.length !== 1 || features === undefined) return undefined;
  for (const channels of [1, 3]) {
    const side = Math.sqrt(features / channels);
    if (Number.isInteger(side)) return [channels, side, side];
  }
  return [1, 1, features];
}

export function reshapeBefore(shape: readonly number[] | undefined, beforePort = 'x'): Repair {
  return { kind: 'insert-node', type: 'Reshape', beforePort, ...(shape === undefined ? {} : { params: { shape } }) };
}

/** The whole numbers that divide all the sizes, and which of them is nearest to the one that does not. */
export function divisors(wanted: number, ...sizes: readonly number[]): { readonly all: readonly number[]; readonly nearest: number } {
  const all = Array.from({ length: Math.min(...sizes) }, (_, i) => i + 1).filter((n) => sizes.every((size) => size % n === 0));
  return { all, nearest: all.reduce((best, n) => (Math.abs(n - wanted) < Math.abs(best - wanted) ? n : best), 1) };
}

/** An axis as the user counts it (negative from the end), resolved; the batch axis is out of bounds. */
export function requireAxis(axis: number, type: TensorType, param = 'axis', port = 'x'): number {
  const rank = type.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (at >= 1 && at < rank) return at;
  const why = at === 0 ? { en: 'axis 0 is the batch', zh: '第 0 轴是批次' } : { en: `there is no axis ${axis}`, zh: `没有第 ${axis} 轴` };
  throw new ShapeError({
    en: `'${param}' is ${axis}, but ${why.en} in ${formatShape(type.shape)}; use 1 to ${rank - 1}, or -1 for the last`,
    zh: `“${param}”是 ${axis}，但 ${formatShape(type.shape)} 中${why.zh}；请用 1 到 ${rank - 1}，或用 -1 表示最后一轴`,
  }, {
    code: 'axis-range', port, ...(rank > 1 ? { repair: { kind: 'set-param', param, value: -1 } } : {}),
  });
}

// Windows ----------------------------------------------------------------------------------------

/** One number for all axes, or one per axis. */
export function perAxis(values: readonly number[], axes: number, param: string): number[] {
  const [first] = values;
  if (values.length === 1 && first !== undefined) return new Array<number>(axes).fill(first);
  if (values.length === axes) return [...values];
  throw new ShapeError({
    en: `'${param}' has ${values.length} numbers; give ${axes === 1 ? 'one' : `one, or one for each of the ${axes} axes`}`,
    zh: `“${param}”有 ${values.length} 个数；请给出${axes === 1 ? '一个' : `一个，或为 ${axes} 个轴各给一个`}`,
  }, { code: 'param-length' });
}

/** One number for everything, one per axis (the same in front and behind), or a pair per axis: [top, bottom, left, right]. */
export function padPairs(values: readonly number[], axes: number, param = 'pads'): { readonly before: number[]; readonly after: number[] } {
  if (values.length === 2 * axes) return { before: values.filter((_, i) => i % 2 === 0), after: values.filter((_, i) => i % 2 === 1) };
  if (values.length !== 1 && values.length !== axes) {
    const counts = [...new Set([1, axes, 2 * axes])];
    throw new ShapeError({
      en: `'${param}' has ${values.length} numbers; give ${counts.slice(0, -1).join(', ')} or ${counts.at(-1)}: one for all sides${axes === 1 ? '' : ', [vertical, horizontal]'}, or ${axes === 1 ? '[front, behind]' : '[top, bottom, left, right]'}`,
      zh: `“${param}”有 ${values.length} 个数；请给出 ${counts.slice(0, -1).join('、')} 或 ${counts.at(-1)} 个：一个用于所有边${axes === 1 ? '' : '，或 [纵向, 横向]'}，或 ${axes === 1 ? '[前, 后]' : '[上, 下, 左, 右]'}`,
    }, { code: 'param-length' });
  }
  const both = perAxis(values, axes, param);
  return { before: both, after: [...both] };
}

export type PaddingMode = 'valid' | 'same' | 'explicit';
export interface WindowChoice {
  readonly size: readonly number[];
  /** Empty: the same as `size`. */
  readonly stride: readonly number[];
  readonly dilation?: readonly number[];
  readonly padding: PaddingMode;
  readonly pads: readonly number[];
  /** Names of the parameters, for messages. */
  readonly sizeParam: string;
}

/**
 * The window that slides over axes of the given sizes, and how many places it has along each. `same` gives
 * ceil(size / stride) places; an odd cell of padding goes behind, as in PyTorch and Keras.
 */
export function slidingWindow(sizes: readonly number[], choice: WindowChoice): { readonly window: Window; readonly places: number[] } {
  const axes = sizes.length;
  const size = perAxis(choice.size, axes, choice.sizeParam);
  const stride = choice.stride.length === 0 ? [...size] : perAxis(choice.stride, axes, 'stride');
  const dilation = perAxis(choice.dilation ?? [1], axes, 'dilation');
  const reach = size.map((n, i) => (dilation[i] ?? 1) * (n - 1) + 1);
  const { before, after } = paddingOf(choice, sizes, stride, reach);
  const places = sizes.map((n, i) => placesOf(n, reach[i] ?? 1, stride[i] ?? 1, before[i] ?? 0, after[i] ?? 0, choice));
  return { window: { size, stride, padBefore: before, padAfter: after, dilation }, places };
}

function paddingOf(choice: WindowChoice, sizes: readonly number[], stride: readonly number[], reach: readonly number[]): { before: number[]; after: number[] } {
  if (choice.padding === 'explicit') return padPairs(choice.pads, sizes.length);
  if (choice.padding === 'valid') return { before: sizes.map(() => 0), after: sizes.map(() => 0) };
  const total = sizes.map((n, i) => {
    const s = stride[i] ?? 1;
    return Math.max(0, (Math.ceil(n / s) - 1) * s + (reach[i] ?? 1) - n);
  });
  const before = total.map((n) => Math.floor(n / 2));
  return { before, after: total.map((n, i) => n - (before[i] ?? 0)) };
}

function placesOf(size: number, reach: number, stride: number, before: number, after: number, choice: WindowChoice): number {
  const places = Math.floor((size + before + after - reach) / stride) + 1;
  if (places >= 1) return places;
  const repair: Repair = { kind: 'set-param', param: 'padding', value: 'same' satisfies ParamValue };
  throw new ShapeError(
    {
      en: `its window of ${reach} does not fit into ${size} cells: (${size} + ${before} + ${after} − ${reach})/${stride} + 1 = ${places}; use a smaller ${choice.sizeParam} or more padding`,
      zh: `大小为 ${reach} 的窗口放不进 ${size} 个单元：(${size} + ${before} + ${after} − ${reach})/${stride} + 1 = ${places}；请减小 ${choice.sizeParam} 或增加填充`,
    },
    { code: 'window-too-large', port: 'x', repair },
  );
}
