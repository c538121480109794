/** What attention layers have in common: the shapes that they ask for, heads, and the weighted mean itself. */
import type { Builder } from '../../tensor/builder.ts';
import { dropout, softmax } from '../../tensor/composites.ts';
import type { Value } from '../../tensor/ir.ts';
import { type TensorType, ShapeError } from '../node-type.ts';
import type { OnnxScope } from '../onnx-scope.ts';
import { divisors, formatShape, inputAt, requireFloat, reshapeBefore, sizeOf, sizesBehindBatch } from '../shapes.ts';

/** Stands for minus infinity before the softmax: small enough to count for nothing, and a row of nothing else gives a mean and not NaN. */
const MASKED = -1e30;

export interface Tokens {
  readonly length: number;
  readonly features: number;
}

/** [N, T, D] */
export const tokensType = ({ length, features }: Tokens): TensorType => ({ shape: ['N', length, features], dtype: 'f32' });

/** The input at `index` as f32 tokens [N, T, D]. */
export function requireTokens(ins: readonly TensorType[], index: number, port: string): Tokens {
  const x = inputAt(ins, index, port);
  requireFloat(x, port);
  if (x.shape.length === 3) return { length: sizeOf(x, 1), features: sizeOf(x, 2) };
  const sizes = sizesBehindBatch(x);
  throw new ShapeError({
    en: `needs a sequence [N, T, D] at '${port}': T places with D features each; got ${formatShape(x.shape)}. Insert a Reshape${x.shape.length === 4 ? ', and for images a Permute that puts the channels last' : ''}`,
    zh: `“${port}”处需要序列 [N, T, D]：T 个位置，每个位置 D 个特征；但得到 ${formatShape(x.shape)}。请插入 Reshape（变形）${x.shape.length === 4 ? '；若为图像，请再用 Permute 把通道放到最后' : ''}`,
  }, {
    code: 'shape-rank', port, ...(sizes.length === 1 ? { repair: reshapeBefore([1, ...sizes], port) } : {}),
  });
}

/** Throws where the heads do not share the features evenly. */
export function requireHeads(heads: number, features: number, port: string): void {
  if (features % heads === 0) return;
  const { all: fitting, nearest } = divisors(heads, features);
  const shown = fitting.slice(0, 8).join(', ');
  throw new ShapeError({
    en: `its ${heads} heads do not divide the ${features} features at '${port}'; use a number of heads that does: ${shown}${fitting.length > 8 ? ', …' : ''}`,
    zh: `${heads} 个头不能整除“${port}”处的 ${features} 个特征；请使用能整除的头数：${shown}${fitting.length > 8 ? '……' : ''}`,
  }, { code: 'not-divisible', port, repair: { kind: 'set-param', param: 'heads', value: nearest } });
}

export interface AttendOptions {
  readonly heads: number;
  /** A place sees itself and those before it. */
  readonly causal: boolean;
  /** [N, S]: keys where it is not 0 are not looked at. */
  readonly padding?: Value | undefined;
  /** Of the attention weights, in training. */
  readonly dropout?: { readonly rate: number; random(shape: readonly number[]): Value } | undefined;
}

/** softmax(q kᵀ / √d) v for each head. q [N, T, D], k [N, S, D], v [N, S, E]; the result is [N, T, E]. */
export function attend(b: Builder, q: Value, k: Value, v: Value, { heads, causal, padding, dropout: drop }: AttendOptions): Value {
  const [n = 1, t = 1, features = 1] = q.shape;
  const s = k.shape[1] ?? 1;
  const split = (x: Value): Value => b.permute(b.reshape(x, [n, x.shape[1] ?? 1, heads, (x.shape[2] ?? 1) / heads]), [0, 2, 1, 3]);
  // Behind the product the factor costs nothing, there and in the gradients: queries and keys stay where they are.
  let scores = b.mul(b.dot(split(q), b.transpose(split(k))), 1 / Math.sqrt(features / heads));
  if (causal) scores = b.select(b.lessEqual(b.iota([t, s], 1), b.iota([t, s], 0)), scores, MASKED);
  if (padding !== undefined) scores = b.select(b.equal(b.reshape(padding, [n, 1, 1, s]), 0), scores, MASKED);
  let weights = softmax(b, scores, -1);
  if (drop !== undefined && drop.rate > 0) weights = dropout(b, weights, drop.rate, drop.random(weights.shape));
  return b.reshape(b.permute(b.dot(weights, split(v)), [0, 2, 1, 3]), [n, t, v.shape[2] ?? 1]);
}

/** The same in ONNX's operators; `sizes` of query, key and value. */
export function attendOnnx(scope: OnnxScope, { heads, causal }: Pick<AttendOptions, 'heads' | 'causal'>, query: string, key: string, value: string, [q, k, v]: readonly Tokens[], padding?: string): string {
  if (q === undefined || k === undefined || v === undefined) throw new Error('attention needs a query, a key and a value');
  const split = (x: string, { length, features }: Tokens, perm: readonly number[]): string => scope.op('Transpose', [scope.op('Reshape', [x, scope.int64s([0, length, heads, features / heads])])], { perm });
  const scores = scope.op('MatMul', [split(query, q, [0, 2, 1, 3]), split(key, k, [0, 2, 3, 1])]);
  const scaled = scope.op('Mul', [scores, scope.floats([1 / Math.sqrt(q.features / heads)], [])]);
  const mask = Array.from({ length: q.length * k.length }, (_, i) => (i % k.length > Math.floor(i / k.length) ? MASKED : 0));
  const future = causal ? scope.op('Add', [scaled, scope.floats(mask, [q.length, k.length])]) : scaled;
  const isPadding = padding === undefined ? undefined : scope.op('Not', [scope.op('Equal', [scope.op('Reshape', [padding, scope.int64s([0, 1, 1, k.length])]), scope.floats([0], [])])]);
  const weights = scope.op('Softmax', [isPadding === undefined ? future : scope.op('Where', [isPadding, scope.floats([MASKED], []), future])], { axis: -1 });
  const mean = scope.op('MatMul', [weights, split(value, v, [0, 2, 1, 3])]);
  return scope.op('Reshape', [scope.op('Transpose', [mean], { perm: [0, 2, 1, 3] }), scope.int64s([0, q.length, v.features])]);
}
