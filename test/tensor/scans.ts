/** Recurrences of all kinds: what a scan can be asked for, in both directions, with and without constants. */
import type { Builder } from '../../engine/tensor/builder.ts';
import type { Value } from '../../engine/tensor/ir.ts';
import { type Leaf, randomTensor } from '../support/oracle.ts';

export interface ScanCase {
  readonly title: string;
  readonly leaves: Readonly<Record<string, Leaf>>;
  readonly build: (b: Builder, ...values: Value[]) => Value;
}

const [steps, rows, width] = [5, 3, 4];
const sequence = randomTensor(1, [steps, rows, width]);
const start = randomTensor(2, [rows, width]);
const weight = randomTensor(3, [width, width]);
const bias = randomTensor(4, [width]);

/** h ← tanh(x + h·W + b), read in the way that `read` says. */
function recurrence(b: Builder, x: Value, h: Value, w: Value, c: Value, reverse: boolean, read: (results: { stack: Value; last: Value; inner: Value }) => Value): Value {
  let inner: Value | undefined;
  const scan = b.scan({ slices: [x], initial: [h], constants: [w, c], reverse }, (body, { slices, carries, constants }) => {
    inner = body.add(body.dot(carries[0]!, constants[0]!), constants[1]!);
    return [body.tanh(body.add(slices[0]!, inner))];
  });
  return read({ get stack() { return scan.stack(0); }, get last() { return scan.last(0); }, get inner() { return scan.each(inner!); } });
}

export const scanCases: readonly ScanCase[] = [
  ...[false, true].flatMap((reverse) => [
    { title: `the last state${reverse ? ' of a reversed one' : ''}`, leaves: { sequence, start, weight, bias }, build: (b: Builder, x?: Value, h?: Value, w?: Value, c?: Value) => recurrence(b, x!, h!, w!, c!, reverse, ({ last }) => b.square(last)) },
    { title: `all states${reverse ? ' of a reversed one' : ''}`, leaves: { sequence, start, weight, bias }, build: (b: Builder, x?: Value, h?: Value, w?: Value, c?: Value) => recurrence(b, x!, h!, w!, c!, reverse, ({ stack }) => b.square(stack)) },
    {
      title: `all of its results at once${reverse ? ', reversed' : ''}`, leaves: { sequence, start, weight, bias },
      build: (b: Builder, x?: Value, h?: Value, w?: Value, c?: Value) => recurrence(b, x!, h!, w!, c!, reverse, ({ stack, last, inner }) => b.add(b.sum(b.exp(b.mul(stack, 0.5))), b.add(b.sum(b.mul(last, b.sum(inner, [0]))), b.sum(b.square(inner))))),
    },
  ]),
  {
    title: 'of one step', leaves: { sequence: randomTensor(1, [1, rows, width]), start, weight, bias },
    build: (b, x, h, w, c) => recurrence(b, x!, h!, w!, c!, false, ({ stack, last }) => b.mul(b.sum(stack), b.sum(last))),
  },
  {
    title: 'of two carries that change places, and a carry that nothing reads', leaves: { sequence, start, other: randomTensor(6, [rows, width]) },
    build: (b, x, h, g) => {
      const scan = b.scan({ slices: [x!], initial: [h!, g!, h!] }, (body, { slices, carries }) => [carries[1]!, body.mul(carries[0]!, body.sigmoid(slices[0]!)), body.add(carries[2]!, 1)]);
      return b.add(b.mul(scan.last(0), 2), scan.last(1));
    },
  },
  {
    title: 'whose gates lie side by side', leaves: { sequence: randomTensor(1, [steps, rows, 2 * width]), start, weight: randomTensor(3, [width, 2 * width]) },
    build: (b, x, h, w) => b.square(b.scan({ slices: [x!], initial: [h!], constants: [w!] }, (body, { slices, carries, constants }) => {
      const gates = body.add(slices[0]!, body.dot(carries[0]!, constants[0]!));
      const [keep, fresh] = [body.sigmoid(body.slice(gates, 1, 0, width)), body.tanh(body.slice(gates, 1, width, 2 * width))];
      return [body.add(body.mul(keep, carries[0]!), body.mul(body.sub(1, keep), fresh))];
    }).stack(0)),
  },
  {
    title: 'whose sequence and start are computed, and lie in another order', leaves: { sequence: randomTensor(1, [rows, steps, width]), start: randomTensor(2, [width, rows]) },
    build: (b, x, h) => b.permute(b.scan({ slices: [b.exp(b.permute(x!, [1, 0, 2]))], initial: [b.transpose(h!)] }, (body, { slices, carries }) => [body.mul(slices[0]!, body.unary('sin', carries[0]!))]).stack(0), [2, 0, 1]),
  },
  {
    title: 'of images, with a filter', leaves: { sequence: randomTensor(1, [3, 2, 2, 5, 4]), start: randomTensor(2, [2, 2, 5, 4]), weight: randomTensor(3, [2, 2, 3, 3]) },
    build: (b, x, h, w) => {
      const window = { size: [3, 3], stride: [1, 1], padBefore: [1, 1], padAfter: [1, 1], dilation: [1, 1] };
      const scan = b.scan({ slices: [x!], initial: [h!], constants: [w!] }, (body, { slices, carries, constants }) => [body.tanh(body.add(body.conv(carries[0]!, constants[0]!, window), slices[0]!))]);
      return b.square(b.conv(scan.last(0), w!, window));
    },
  },
  {
    title: 'that only adds up', leaves: { sequence, start },
    build: (b, x, h) => b.square(b.scan({ slices: [x!], initial: [h!] }, (body, { slices, carries }) => [body.add(slices[0]!, carries[0]!)]).stack(0)),
  },
  {
    title: 'over integers, with a carry of integers', leaves: { table: randomTensor(1, [6, width]), start },
    build: (b, table, h) => b.square(b.scan({ slices: [b.literal(Int32Array.of(3, 1, 1, 0, 5, 2, 2, 4), [4, 2])], initial: [b.slice(h!, 0, 0, 2), b.literal(Int32Array.of(1, 0), [2])], constants: [table!] }, (body, { slices, carries, constants }) => [
      body.mul(carries[0]!, body.gather(constants[0]!, body.min(body.add(slices[0]!, carries[1]!), 5))), body.sub(slices[0]!, carries[1]!),
    ]).stack(0)),
  },
  {
    title: 'with products in a batch', leaves: { sequence: randomTensor(1, [3, 2, 2, 3]), start: randomTensor(2, [2, 2, 3]), weight: randomTensor(3, [2, 3, 3]) },
    build: (b, x, h, w) => b.square(b.scan({ slices: [x!], initial: [h!], constants: [w!] }, (body, { slices, carries, constants }) => [body.relu(body.add(body.dot(carries[0]!, constants[0]!), slices[0]!))]).stack(0)),
  },
];
