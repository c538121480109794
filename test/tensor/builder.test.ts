/** The builder: equal expressions are one value, origins are kept, broadcasting follows NumPy, and programs hold what is alive. */
import { describe, expect, test } from 'vitest';
import { Builder, broadcastShapes } from '../../engine/tensor/builder.ts';
import { type Value, makeProgram } from '../../engine/tensor/ir.ts';
import { printProgram } from '../../engine/tensor/print.ts';
import { evaluateValue } from '../support/oracle.ts';

describe('interning', () => {
  test('the same expression is the same value, a different one is not', () => {
    const b = new Builder();
    const x = b.input('x', [2, 3]);
    expect(b.input('x', [2, 3])).toBe(x);
    expect(b.input('y', [2, 3])).not.toBe(x);
    expect(b.mul(b.add(x, 1), 2)).toBe(b.mul(b.add(x, 1), 2));
    expect(b.sub(x, 1)).not.toBe(b.sub(1, x));
    expect(b.sum(x, [0])).not.toBe(b.sum(x, [1]));
    expect(b.constant(0)).not.toBe(b.constant(-0));
    expect(b.constant(NaN)).not.toBe(b.constant(Infinity));
    expect(b.constant(1)).not.toBe(b.constant(1, [], 'i32'));
  });
  test('literals are told apart by their array', () => {
    const b = new Builder();
    const data = Float32Array.of(1, 2);
    expect(b.literal(data, [2])).toBe(b.literal(data, [2]));
    expect(b.literal(data, [2])).not.toBe(b.literal(Float32Array.of(1, 2), [2]));
  });
  test('views that change nothing are the value itself', () => {
    const b = new Builder();
    const x = b.input('x', [2, 3]);
    for (const same of [b.reshape(x, [2, 3]), b.permute(x, [0, 1]), b.expand(x, [2, 3]), b.slice(x, 1, 0, 3), b.pad(x, [0, 0], [0, 0]), b.concat([x], 0), b.toF32(x), b.sum(x, [])]) expect(same).toBe(x);
  });
  test('an origin marks what is made under it, and ends with it, also after an error', () => {
    const b = new Builder();
    expect(() => b.at('conv1', () => { throw new Error('lowering failed'); })).toThrow('lowering failed');
    const [inner, outer] = b.at('a', () => [b.at('b', () => b.input('x', [1])), b.input('y', [1])] as const);
    expect([inner.origin, outer.origin, b.input('z', [1]).origin]).toEqual(['b', 'a', undefined]);
  });
});

describe('broadcasting', () => {
  test('NumPy\'s rule', () => {
    expect(broadcastShapes([[2, 1, 4], [3, 1], []])).toEqual([2, 3, 4]);
    expect(() => broadcastShapes([[2, 3], [4]])).toThrow('shapes [2, 3] and [4] do not broadcast');
  });
  test('values', () => {
    const b = new Builder();
    const sum = b.add(b.reshape(b.toF32(b.iota([3], 0)), [3, 1]), b.toF32(b.iota([2], 0)));
    expect([...evaluateValue(sum)]).toEqual([0, 1, 1, 2, 2, 3]);
  });
  test('dot broadcasts its leading axes', () => {
    const b = new Builder();
    expect(b.dot(b.input('a', [5, 1, 2, 3]), b.input('b', [4, 3, 7])).shape).toEqual([5, 4, 2, 7]);
  });
});

describe('programs', () => {
  test('dead values are left out, order is topological, leaves are listed', () => {
    const b = new Builder();
    const [x, w] = [b.input('x', [2]), b.state('w', [2])];
    const dead = b.exp(x);
    const y = b.mul(x, w);
    const program = makeProgram(new Map([['y', y]]), [{ state: w, value: b.sub(w, y) }]);
    expect(program.values).not.toContain(dead);
    for (const [i, value] of program.values.entries()) for (const input of value.inputs) expect(program.values.indexOf(input)).toBeLessThan(i);
    expect(program.inputs).toEqual([x]);
    expect(program.states).toEqual([w]);
  });
  test('two leaves of one name are refused: a device could not tell them apart', () => {
    const b = new Builder();
    const y = b.add(b.input('x', [2]), b.input('x', [1]));
    expect(() => makeProgram(new Map([['y', y]]))).toThrow("two inputs are called 'x': f32[2] and f32[1]");
  });
  test('a chain of 100,000 values does not overflow the stack', () => {
    const b = new Builder();
    let y: Value = b.input('x', []);
    for (let i = 0; i < 100_000; i++) y = b.make('map', [y], { fn: i % 2 === 0 ? 'neg' : 'abs' });
    expect(makeProgram(new Map([['y', y]])).values).toHaveLength(100_001);
  });
});

test('a program prints one line per value', () => {
  const b = new Builder();
  const x = b.input('x', [2, 3, 8, 8]);
  const w = b.state('w', [4, 3, 3, 3]);
  const y = b.at('conv1', () => b.relu(b.conv(x, w, { size: [3, 3], stride: [2, 2], padBefore: [1, 1], padAfter: [0, 1], dilation: [1, 1] })));
  const loss = b.reduceMax(y, [1, 2, 3]);
  expect(printProgram(makeProgram(new Map([['loss', loss]]), [{ state: w, value: b.mul(w, 0.5) }]))).toBe(`%0 = input 'x' : f32[2, 3, 8, 8]
%1 = state 'w' : f32[4, 3, 3, 3]
%2 = conv(%0, %1) window 3×3 stride 2×2 pad 1×1 before 0×1 after : f32[2, 4, 4, 4]  ; conv1
%3 = relu(%2) : f32[2, 4, 4, 4]  ; conv1
%4 = reduce.max(%3) axes [1, 2, 3] : f32[2, 1, 1, 1]
%5 = reshape(%4) : f32[2]
%6 = constant 0.5 : f32[]
%7 = reshape(%6) : f32[1, 1, 1, 1]
%8 = expand(%7) : f32[4, 3, 3, 3]
%9 = mul(%1, %8) : f32[4, 3, 3, 3]
return loss = %5
update w <- %9
`);
});
