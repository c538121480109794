/**
 * The shape rule of a node with its own numbers: what goes in, the parameters that matter, what comes
 * out, and the arithmetic of every size that changed. No node type is named here. Which parameters
 * matter is found by changing each and asking the type again; a line of arithmetic is shown only if it gives the size there is.
 */
import type { ParamValue } from '../../engine/graph/document.ts';
import type { AnyNodeType, Dim, ParamSpec, TensorType, Text } from '../../engine/nodes/node-type.ts';
import { formatShape, type PaddingMode, perAxis, slidingWindow } from '../../engine/nodes/shapes.ts';

type Values = Readonly<Record<string, ParamValue>>;

export interface ShapeRule {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Parameters on which the output's shape depends, with their values. */
  readonly params: readonly { readonly name: string; readonly spec: ParamSpec; readonly value: ParamValue }[];
  /** `26 = (28 + 0 + 0 − 3) / 1 + 1`; one for each different size. */
  readonly sums: readonly string[];
}

/** `words` puts the title of a parameter into the reader's language. */
export function shapeRule(type: AnyNodeType, values: Values, ins: readonly TensorType[], outs: readonly TensorType[], words: (text: Text) => string): ShapeRule {
  const params = Object.entries(type.params).flatMap(([name, spec]) => {
    const value = values[name];
    return value !== undefined && (spec.when?.(values) ?? true) && changesShape(type, values, name, spec, ins, outs) ? [{ name, spec, value }] : [];
  });
  const sums = new Set<string>();
  for (const out of outs) {
    for (const [axis, size] of out.shape.entries()) {
      if (typeof size !== 'number') continue;
      const sum = explain(out, axis, size, ins, values, type.params, words);
      if (sum !== undefined) sums.add(sum);
    }
  }
  return { inputs: ins.map(typeText), outputs: outs.map(typeText), params, sums: [...sums] };
}

export const typeText = ({ shape, dtype, classes }: TensorType): string => `${dtype === 'f32' ? '' : `${dtype} `}${formatShape(shape)}${classes === undefined ? '' : ` < ${String(classes)}`}`;
/** A list of sizes as people write them: 3 × 3. */
export const timesText = (values: readonly number[]): string => values.join(' × ');

// Which parameters matter --------------------------------------------------------------------------

function changesShape(type: AnyNodeType, values: Values, name: string, spec: ParamSpec, ins: readonly TensorType[], outs: readonly TensorType[]): boolean {
  const now = shapesText(outs);
  return otherValues(spec, values[name] ?? null).some((other) => {
    try {
      return shapesText(type.infer({ ...values, [name]: other } as never, ins)) !== now;
    } catch {
      return false;
    }
  });
}
const shapesText = (types: readonly TensorType[]): string => types.map(({ shape }) => shape.join()).join(' ');

function otherValues(spec: ParamSpec, value: ParamValue): readonly ParamValue[] {
  switch (spec.kind) {
    case 'bool': return [value !== true];
    case 'choice': return spec.options.map((option) => option.value).filter((option) => option !== value);
    case 'int':
    case 'optional-int': return typeof value === 'number' ? [value + 1, value - 1, value * 2] : [spec.min];
    case 'float':
    case 'optional-float': return typeof value === 'number' ? [value * 2, value + 1] : [spec.min];
    case 'ints': return Array.isArray(value) ? [value.map((n: number) => n + 1), value.map((n: number) => n - 1), [...value].reverse(), [...value, 1], value.slice(0, -1)].filter((each) => each.length >= spec.minLength && each.length <= spec.maxLength) : [];
    case 'text': return [];
  }
}

// Where a size comes from --------------------------------------------------------------------------

function explain(out: TensorType, axis: number, size: number, ins: readonly TensorType[], values: Values, specs: AnyNodeType['params'], words: (text: Text) => string): string | undefined {
  const [first] = ins;
  const before = first?.shape[axis];
  if (before === size && first?.shape.length === out.shape.length) return undefined;
  const same = first?.shape.length === out.shape.length ? first : undefined;
  if (same !== undefined && typeof before === 'number') {
    return windowSum(size, before, axis, same, values) ?? paramSum(size, values, specs, words) ?? padSum(size, before, axis, same, values) ?? additionSum(size, axis, ins) ?? factorSum(size, before, values, specs, words);
  }
  return paramSum(size, values, specs, words) ?? productSum(size, first);
}

/** Windows over the axes behind the channels: convolutions and pools, and transposed convolutions, which go the other way. */
function windowSum(size: number, before: number, axis: number, input: TensorType, values: Values): string | undefined {
  const sizeParam = ['kernel', 'size'].find((name) => isInts(values[name]));
  const kernel = sizeParam === undefined ? undefined : values[sizeParam];
  const { stride, padding, pads, dilation, outputPadding } = values;
  if (sizeParam === undefined || !isInts(kernel) || !isInts(stride) || axis < 2) return undefined;
  const spatial = input.shape.slice(2).map(Number);
  const at = axis - 2;
  const one = (list: ParamValue | undefined, otherwise: number): number => (isInts(list) ? (perAxis(list, spatial.length, '')[at] ?? otherwise) : otherwise);
  try {
    if (typeof padding === 'string') {
      const { window, places } = slidingWindow(spatial, { size: kernel, stride, padding: padding as PaddingMode, pads: isInts(pads) ? pads : [0], sizeParam, ...(isInts(dilation) ? { dilation } : {}) });
      const [n = 1, s = 1, d = 1, front = 0, behind = 0] = [window.size[at], window.stride[at], window.dilation[at], window.padBefore[at], window.padAfter[at]];
      const quotient = `(${String(before)} + ${front === behind ? `2 · ${String(front)}` : `${String(front)} + ${String(behind)}`} − ${reachText(n, d)}) / ${String(s)}`;
      const isWhole = (before + front + behind - (d * (n - 1) + 1)) % s === 0;
      return places[at] === size ? `${String(size)} = ${isWhole ? quotient : `⌊${quotient}⌋`} + 1` : undefined;
    }
    const [n, s, d, cut, extra] = [one(kernel, 1), one(stride, 1), one(dilation, 1), one(padding, 0), one(outputPadding, 0)];
    if ((before - 1) * s + d * (n - 1) + 1 - 2 * cut + extra !== size) return undefined;
    return `${String(size)} = (${String(before)} − 1) · ${String(s)} + ${reachText(n, d)}${cut === 0 ? '' : ` − 2 · ${String(cut)}`}${extra === 0 ? '' : ` + ${String(extra)}`}`;
  } catch {
    // Parameters that do not fit the input: the checker says so, and there is no size to explain.
    return undefined;
  }
}
/** Cells from one end of a window to the other. */
const reachText = (n: number, dilation: number): string => (dilation === 1 ? String(n) : `(${String(dilation)} · (${String(n)} − 1) + 1)`);
const isInts = (value: ParamValue | undefined): value is readonly number[] => Array.isArray(value);

/** 56 = 28 · 2, where 2 is what a parameter says. */
function factorSum(size: number, before: number, values: Values, specs: AnyNodeType['params'], words: (text: Text) => string): string | undefined {
  const factor = size / before;
  const name = Object.keys(specs).find((each) => values[each] === factor || (isInts(values[each]) && values[each].includes(factor)));
  const spec = name === undefined ? undefined : specs[name];
  return spec === undefined || factor === 1 ? undefined : `${String(size)} = ${String(before)} · ${String(factor)} (${words(spec.title)})`;
}

/** 30 = 28 + 1 + 1: cells in front of and behind the last axes. */
function padSum(size: number, before: number, axis: number, input: TensorType, values: Values): string | undefined {
  const { before: front, after: behind } = values;
  if (!isInts(front) || !isInts(behind)) return undefined;
  const at = axis - (input.shape.length - front.length);
  const [a = 0, b = 0] = [front[at], behind[at]];
  return before + a + b === size ? `${String(size)} = ${String(before)} + ${String(a)} + ${String(b)}` : undefined;
}

/** 16 = Filters. */
function paramSum(size: number, values: Values, specs: AnyNodeType['params'], words: (text: Text) => string): string | undefined {
  const [, spec] = Object.entries(specs).find(([name, each]) => (each.kind === 'int' || each.kind === 'optional-int') && values[name] === size && (each.when?.(values) ?? true)) ?? [];
  return spec === undefined ? undefined : `${String(size)} = ${words(spec.title)}`;
}

/** 48 = 16 + 32: inputs that are laid side by side. */
function additionSum(size: number, axis: number, ins: readonly TensorType[]): string | undefined {
  const sizes = ins.map(({ shape }) => shape[axis]);
  return ins.length > 1 && sizes.reduce<number>((sum, n) => sum + Number(n), 0) === size ? `${String(size)} = ${sizes.join(' + ')}` : undefined;
}

/** 800 = 32 · 5 · 5: axes that are joined. */
function productSum(size: number, first: TensorType | undefined): string | undefined {
  const sizes = first?.shape.filter((dim): dim is Exclude<Dim, 'N'> => dim !== 'N') ?? [];
  for (let from = 0; from < sizes.length - 1; from++) {
    for (let to = sizes.length; to > from + 1; to--) {
      const joined = sizes.slice(from, to);
      if (joined.reduce((product, n) => product * n, 1) === size) return `${String(size)} = ${joined.join(' · ')}`;
    }
  }
  return undefined;
}
