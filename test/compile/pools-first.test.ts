/** Pooling before ReLU: the same numbers, ties included, and less to keep. The reference knows nothing of kernels and of this rewriting. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { poolsFirst } from '../../engine/compile/pools-first.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, type Value, type Window, elementCount, isOp, makeProgram } from '../../engine/tensor/ir.ts';
import { interpretPlan } from '../support/interpret-plan.ts';

const window = (size: number, stride: number, padding = 0): Window => ({ size: [size, size], stride: [stride, stride], padBefore: [padding, padding], padAfter: [padding, padding], dilation: [1, 1] });

/** Convolution, bias, ReLU, and what `after` makes of it; with the gradients of input, filter and bias. */
function network(after: (b: Builder, relu: Value) => Value): Program {
  const b = new Builder();
  const [x, w, bias] = [b.input('x', [2, 3, 8, 9]), b.input('w', [5, 3, 3, 3]), b.input('bias', [5, 1, 1])];
  const y = after(b, b.relu(b.add(b.conv(x, w, window(3, 1)), bias)));
  const grads = gradients(b, b.sum(b.mul(y, b.input('weight', y.shape))), [x, w, bias]);
  return makeProgram(new Map([['y', y], ...grads.map((grad, i): [string, Value] => [`grad${i}`, grad])]));
}

/** Whole numbers from few: many windows have several largest elements, many none above 0. */
function feedsOf(program: Program): Record<string, Float32Array> {
  return Object.fromEntries(program.inputs.map((v, seed) => [v.attrs.name, Float32Array.from({ length: elementCount(v.shape) }, (_, i) => ((i * 7 + seed * 3) * 2654435761) % 5 - 2)]));
}

const cases: [string, (b: Builder, relu: Value) => Value, number][] = [
  ['windows side by side', (b, relu) => b.maxPool(relu, window(2, 2)), 1],
  ['windows that overlap', (b, relu) => b.maxPool(relu, window(3, 1)), 1],
  ['windows that reach into a margin', (b, relu) => b.maxPool(relu, window(3, 2, 1)), 1],
  ['two poolings of one activation', (b, relu) => b.add(b.sum(b.maxPool(relu, window(2, 2))), b.sum(b.maxPool(relu, window(3, 3)))), 0],
  ['an activation that is read elsewhere, too', (b, relu) => b.add(b.sum(b.maxPool(relu, window(2, 2))), b.sum(relu)), 0],
];

describe('pooling before ReLU', () => {
  test.each(cases)('%s', (_name, after, expected) => {
    const program = network(after);
    const rewritten = poolsFirst(program).values.filter((value) => isOp(value, 'map') && value.attrs.fn === 'relu' && value.inputs[0]?.op === 'maxPool').length;
    expect(rewritten).toBe(expected);
    const feeds = feedsOf(program);
    const reference = evaluateProgram(program, feeds, new Map());
    const actual = interpretPlan(compileProgram(program), new Map()).step(feeds);
    for (const [name, { data }] of reference.outputs) expect([...actual[name]!], name).toEqual([...data]);
  });
  test('the slope is that of the winners, and the bias looks at windows alone', () => {
    const program = network((b, relu) => b.maxPool(relu, window(2, 2)));
    const { values } = poolsFirst(program);
    const slopes = values.filter((value) => isOp(value, 'map') && value.attrs.fn === 'less');
    expect(slopes.map(({ shape }) => shape)).toEqual([[2, 5, 3, 3]]);
    const sums = values.filter((value) => isOp(value, 'reduce') && value.attrs.axes.includes(2) && value.shape[1] === 5);
    expect(sums.map(({ inputs }) => inputs[0]?.shape)).toEqual([[2, 5, 3, 3]]);
  });
});
