/**
 * Random small graphs over all differentiable op families, for property tests: gradients against
 * central differences, and every backend against the reference.
 */
import fc from 'fast-check';
import type { Builder } from '../../engine/tensor/builder.ts';
import { type UnaryFn, type Value, elementCount } from '../../engine/tensor/ir.ts';

/** One step of a recipe: numbers that pick the op, its operands and its attributes. Any numbers make a valid graph, so shrinking works. */
export type GraphStep = readonly [kind: number, first: number, second: number, detail: number];

/** Bounded functions, so that deep compositions neither explode nor vanish beyond what differences resolve. */
const unaries: readonly UnaryFn[] = ['tanh', 'sigmoid', 'sin', 'cos', 'erf', 'relu', 'abs', 'neg'];

const pick = <T>(items: readonly T[], n: number): T => items[n % items.length]!;
const axisOf = (x: Value, n: number): number => n % x.shape.length;

/** Any tensor as a matrix of at most three columns. */
function asMatrix(b: Builder, x: Value): Value {
  const count = elementCount(x.shape);
  const columns = count % 3 === 0 ? 3 : count % 2 === 0 ? 2 : 1;
  return b.reshape(x, [count / columns, columns]);
}

/** Any tensor as [1, 1, length]. */
const asSignal = (b: Builder, x: Value): Value => b.reshape(x, [1, 1, elementCount(x.shape)]);

const makers: readonly ((b: Builder, x: Value, y: Value, n: number) => Value)[] = [
  (b, x, _y, n) => b.unary(pick(unaries, n), x),
  (b, x, y, n) => b.binary(pick(['add', 'sub', 'mul', 'max', 'min'] as const, n), b.sum(x), y),
  (b, x, y) => b.div(b.reduceMin(x), b.add(b.square(y), 1)),
  (b, x, _y, n) => b.reduce(pick(['sum', 'max', 'min'] as const, n), x, [axisOf(x, n)], n % 2 === 0),
  (b, x) => b.log1p(b.exp(b.tanh(x))),
  (b, x, _y, n) => b.permute(x, x.shape.map((_, axis) => (axis + n) % x.shape.length)),
  (b, x, _y, n) => b.flip(x, [axisOf(x, n)]),
  (b, x, _y, n) => b.pad(x, x.shape.map((_, axis) => (axis === axisOf(x, n) ? 1 : 0)), x.shape.map(() => 0), 0.5),
  (b, x, _y, n) => b.slice(x, axisOf(x, n), 0, x.shape[axisOf(x, n)]!, 2),
  (b, x, _y, n) => b.concat([x, b.sigmoid(x)], axisOf(x, n)),
  (b, x) => b.dot(asMatrix(b, x), b.transpose(b.unary('sin', asMatrix(b, x)))),
  (b, x, y, n) => {
    const kernel = b.slice(asSignal(b, y), 2, 0, Math.min(3, elementCount(y.shape)));
    const size = kernel.shape[2]!;
    return b.conv(asSignal(b, x), b.tanh(kernel), { size: [size], stride: [1 + (n % 2)], padBefore: [2 * size], padAfter: [n % 3], dilation: [1 + (n % 2)] });
  },
  (b, x, _y, n) => b.maxPool(asSignal(b, x), { size: [2], stride: [1 + (n % 2)], padBefore: [1], padAfter: [0], dilation: [1] }),
  (b, x, _y, n) => b.sumPool(asSignal(b, x), { size: [2], stride: [1 + (n % 2)], padBefore: [1], padAfter: [0], dilation: [1] }),
  (b, x, _y, n) => b.gather(x, b.literal(Int32Array.of(0, n, 0), [3])),
  (b, x, _y, n) => b.scatterAdd(b.literal(Int32Array.from({ length: x.shape[0]! }, (_, i) => (i * n) % 3), [x.shape[0]!]), x, 3),
  (b, x, y, n) => {
    // A recurrence along the rows of x, with a product and a factor per column.
    const rows = asMatrix(b, x);
    const width = rows.shape[1]!;
    const start = b.expand(b.mean(y), [1, width]);
    const scan = b.scan({ slices: [b.reshape(rows, [rows.shape[0]!, 1, width])], initial: [start, b.tanh(start)], constants: [b.slice(b.pad(rows, [width, 0], [0, 0], 0.3), 0, 0, width), start], reverse: n % 2 === 1 }, (body, { slices, carries, constants }) => [
      body.tanh(body.add(slices[0]!, body.dot(carries[0]!, constants[0]!))), body.add(body.mul(carries[1]!, constants[1]!), body.unary('sin', carries[0]!)),
    ]);
    return n % 3 === 0 ? scan.stack(0) : n % 3 === 1 ? b.mul(scan.last(1), scan.last(0)) : b.concat([scan.stack(0), scan.stack(1)], 2);
  },
  (b, x, y, n) => b.select(b.less(b.sum(x), n % 2), b.unary('cos', y), b.tanh(y)),
];

/** Too large for a quick test; later steps skip it. */
const LARGEST = 60;

/** Follow a recipe from these leaves (rank 1 to 4); the result is a scalar to which every value on the way contributes. */
export function buildRandomGraph(b: Builder, leaves: readonly Value[], recipe: readonly GraphStep[]): Value {
  const values = [...leaves];
  for (const [kind, first, second, detail] of recipe) {
    const value = pick(makers, kind)(b, pick(values, first), pick(values, second), detail);
    if (value.shape.length > 0 && value.shape.length <= 4 && elementCount(value.shape) <= LARGEST) values.push(value);
  }
  // All values count, each at its own scale.
  return values.map((value) => b.tanh(b.mul(b.sum(value), 0.1))).reduce((sum, value) => b.add(sum, value));
}

const number = fc.nat({ max: 59 });
/** Recipes of one to eight steps. */
export const graphRecipes: fc.Arbitrary<readonly GraphStep[]> = fc.array(fc.tuple(number, number, number, number), { minLength: 1, maxLength: 8 });
