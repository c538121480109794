/** Every scalar function: type rule, float64 value, and derivative against central differences. */
import { describe, expect, test } from 'vitest';
import { Builder } from '../../engine/tensor/builder.ts';
import { erf } from '../../engine/tensor/erf.ts';
import type { ScalarFn } from '../../engine/tensor/ir.ts';
import { constantOf, scalarFunctions } from '../../engine/tensor/scalar.ts';
import { evaluateLeaves, evaluateValue, expectGradientsMatch, randomTensor } from '../support/oracle.ts';

/** Where each function is smooth, for central differences: a low and a high bound per argument. */
const domains: Partial<Record<ScalarFn, readonly (readonly [number, number])[]>> = {
  log: [[0.1, 3]], log1p: [[-0.8, 3]], sqrt: [[0.1, 3]], rsqrt: [[0.2, 3]], div: [[-2, 2], [0.5, 2]], pow: [[0.1, 2], [-2, 3]],
};
/** Random points of these never come closer to a kink than the step of the difference, for the seeds used here. */
const symmetric = [[-2, 2], [-2, 2], [-2, 2]] as const;
/** Steps: their derivative is zero wherever it exists, so no gradient is given at all. */
const flat: readonly ScalarFn[] = ['sign', 'floor', 'round', 'toI32', 'detach', 'less', 'lessEqual', 'equal'];

describe('derivatives', () => {
  for (const [name, { arity }] of Object.entries(scalarFunctions)) {
    const fn = name as ScalarFn;
    if (flat.includes(fn) || fn === 'toF32') continue;
    test(fn, () => {
      const bounds = domains[fn] ?? symmetric;
      const leaves = Object.fromEntries(['x', 'y', 'z'].slice(0, arity).map((leaf, i) => [leaf, randomTensor(7 + i, [23], ...bounds[i]!)]));
      expectGradientsMatch((b, values) => {
        const args = Object.values(values);
        return b.make('map', fn === 'select' ? [b.less(args[0]!, 0), args[1]!, args[2]!] : args, { fn });
      }, leaves);
    });
  }
  test('steps have none', () => {
    const b = new Builder();
    const x = b.input('x', [2]);
    for (const fn of flat) {
      const scalar = scalarFunctions[fn];
      const y = b.make('map', Array.from({ length: scalar.arity }, () => x), { fn });
      expect(scalar.derivative(b, y.inputs, y, x).every((part) => part === undefined), fn).toBe(true);
    }
  });
  test('pow by a fixed exponent, also at and below zero', () => {
    for (const exponent of [0, 1, 2, 3]) {
      expectGradientsMatch((b, { x }) => b.pow(x, exponent), { x: { shape: [4], data: [-1.5, 0, 0.5, 2] } });
    }
    expectGradientsMatch((b, { x }) => b.pow(x, 0.5), { x: randomTensor(3, [9], 0.2, 2) });
  });
});

const at = (fn: ScalarFn, ...args: number[]): number => scalarFunctions[fn].evaluate(args[0] ?? 0, args[1] ?? 0, args[2] ?? 0);

describe('values', () => {
  test('erf to the last place or two', () => {
    // 20 digits of mpmath's erf.
    const known: readonly (readonly [number, number])[] = [
      [1e-10, 1.1283791670955125739e-10], [0.1, 0.11246291601828489220], [0.5, 0.52049987781304653768], [1, 0.84270079294971486934],
      [1.5, 0.96610514647531072707], [2, 0.99532226501895273416], [2.5, 0.99959304798255504106], [3, 0.99997790950300141456], [4, 0.99999998458274209972], [5.5, 0.99999999999999265783],
    ];
    for (const [x, y] of known) {
      expect(Math.abs(erf(x) / y - 1), `erf(${x})`).toBeLessThan(5e-16);
      expect(erf(-x)).toBe(-erf(x));
    }
    expect([erf(0), erf(7), erf(Infinity), erf(-Infinity), erf(NaN)]).toEqual([0, 1, 1, -1, NaN]);
  });
  test('erf is continuous where its series hands over to its fraction', () => {
    expect(Math.abs(erf(2.5 - 1e-12) - erf(2.5))).toBeLessThan(5e-15);
  });
  test('rounding goes to even, conversion to i32 towards zero and saturates', () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 2.6, -0.2].map((x) => at('round', x) + 0)).toEqual([-2, -2, 0, 0, 2, 2, 2, 3, 0]);
    expect([1.9, -1.9, 3e9, -3e9, NaN].map((x) => at('toI32', x))).toEqual([1, -1, 2147483647, -2147483648, 0]);
  });
  test('sigmoid, relu, sign and comparisons at their edges', () => {
    expect([at('sigmoid', -1000), at('sigmoid', 0), at('sigmoid', 1000)]).toEqual([0, 0.5, 1]);
    expect([at('relu', -1), at('relu', 2), at('relu', NaN)]).toEqual([0, 2, NaN]);
    expect([at('less', 1, 1), at('lessEqual', 1, 1), at('equal', NaN, NaN), at('max', 1, NaN)]).toEqual([0, 1, 0, NaN]);
  });
  test('the branch that select does not take contributes nothing, not even to the gradient', () => {
    const x = { shape: [2], data: [0, 4] };
    expect([...evaluateLeaves((b, v) => b.select(b.less(0, v.x), b.div(1, v.x), -1), { x })]).toEqual([-1, 0.25]);
    const b = new Builder();
    const v = b.input('x', [2]);
    const [, byFirst] = scalarFunctions.select.derivative(b, [b.less(0, v), b.log(v), v], v, b.constant(NaN, [2]));
    expect([...evaluateValue(b.select(b.less(0, v), 3, byFirst!), { x: [0, 4] })]).toEqual([0, 3]);
  });
  test('i32 arithmetic wraps', () => {
    const i = { shape: [3], dtype: 'i32' as const, data: [2147483647, -2147483648, 65537] };
    expect([...evaluateLeaves((b, v) => b.add(v.i, 1), { i })]).toEqual([-2147483648, -2147483647, 65538]);
    expect([...evaluateLeaves((b, v) => b.mul(v.i, v.i), { i })]).toEqual([1, 0, 131073]);
    expect([...evaluateLeaves((b, v) => b.neg(v.i), { i })]).toEqual([-2147483647, -2147483648, -65537]);
    expect([...evaluateLeaves((b, v) => b.sum(v.i), { i })]).toEqual([65536]);
  });
});

describe('types', () => {
  test('mixed and unsupported types are refused by name', () => {
    const b = new Builder();
    const [f, i, u] = [b.input('f', [2]), b.input('i', [2], 'i32'), b.input('u', [2], 'u8')];
    expect(() => b.add(f, i)).toThrow(/add is not defined for f32\[2\] and i32\[2\]; convert/);
    expect(() => b.exp(i)).toThrow(/exp/);
    expect(() => b.div(i, i)).toThrow(/div/);
    expect(() => b.add(u, u)).toThrow(/u8/);
    expect([b.less(i, 3).dtype, b.toF32(u).dtype, b.toI32(u).dtype, b.select(i, f, 0).dtype, b.max(i, 0).dtype]).toEqual(['f32', 'f32', 'i32', 'f32', 'i32']);
  });
  test('a constant is recognised through views', () => {
    const b = new Builder();
    expect(constantOf(b.permute(b.constant(3, [2, 4]), [1, 0]))).toBe(3);
    expect(constantOf(b.input('x', []))).toBeUndefined();
  });
});

describe('WGSL', () => {
  test('arguments appear as they are given, conditions in their own type', () => {
    expect(scalarFunctions.select.wgsl(['c', 'a', 'b'], ['i32', 'f32', 'f32'])).toBe('select(b, a, c != 0)');
    expect(scalarFunctions.less.wgsl(['a', 'b'], ['f32', 'f32'])).toBe('select(0.0, 1.0, a < b)');
    for (const [name, { wgsl, wgslHelper, arity }] of Object.entries(scalarFunctions)) {
      const text = wgsl(['p', 'q', 'r'].slice(0, arity), ['f32', 'f32', 'f32']);
      for (const arg of ['p', 'q', 'r'].slice(0, arity)) expect(text, name).toMatch(new RegExp(`\\b${arg}\\b`));
      const called = /\bnl_\w+/.exec(text)?.[0];
      expect(wgslHelper?.name, name).toBe(called);
    }
  });
});
