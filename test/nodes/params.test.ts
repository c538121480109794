/** Parameters of a document against their specs: what passes, what is refused, and in which words. */
import { describe, expect, test } from 'vitest';
import { text, allowedValues, bool, choice, defaultParams, float, int, ints, optionalFloat, textParam, validateParams } from '../../engine/nodes/params.ts';
import { typeAndParams } from './apply.ts';

const t = text('a', '甲');
const type = {
  params: {
    units: int(t, t, 8, { min: 1, max: 100 }),
    rate: float(t, t, 0.5, { min: 0, max: 1, exclusive: 'max' }),
    gain: float(t, t, 1, { min: 0, max: 10, exclusive: 'both' }),
    clip: optionalFloat(t, t, null, { min: 0, max: 5, exclusive: 'min' }),
    bias: bool(t, t, true),
    mode: choice(t, t, 'fast', { fast: t, exact: t }),
    kernel: ints(t, t, [3, 3], { min: 1, max: 9, minLength: 1, maxLength: 2 }),
    name: textParam(t, t, 'x', 4),
  },
};
const check = (params: Record<string, unknown>) => validateParams(type, params);

describe('validateParams', () => {
  test('fills in defaults and takes what fits, bounds included', () => {
    expect(check({}).values).toEqual(defaultParams(type));
    const given = { units: 100, rate: 0, gain: 9.5, clip: 5, bias: false, mode: 'exact', kernel: [9], name: '四个字符' };
    expect(check(given)).toEqual({ values: given, problems: [] });
    expect(check({ clip: null }).problems).toEqual([]);
  });

  test.each([
    ['units', 0], ['units', 101], ['units', 2.5], ['units', '8'], ['units', null], ['units', Number.NaN], ['units', Infinity],
    ['rate', 1], ['rate', -0.1], ['gain', 0], ['gain', 10], ['clip', 0], ['clip', 'none'],
    ['bias', 1], ['bias', null], ['mode', 'slow'], ['mode', 'toString'], ['kernel', []], ['kernel', [1, 2, 3]], ['kernel', [0]], ['kernel', [1.5]], ['kernel', 3], ['kernel', ['3']], ['name', 'abcde'], ['name', 7],
  ])('refuses %s = %j and keeps the default', (param, value) => {
    const { values, problems } = check({ [param]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ param, value, allowed: allowedValues(type.params[param as 'units']) });
    expect(values).toEqual(defaultParams(type));
  });

  test('reports every problem at once, and says range or type', () => {
    const { problems } = check({ units: 0, rate: 'a lot', colour: 'red' });
    expect(problems.map(({ code, param }) => [code, param])).toEqual([['parameter-range', 'units'], ['parameter-type', 'rate'], ['unknown-parameter', 'colour']]);
    expect(problems[0]?.message).toBe("'units' is 0, but must be a whole number from 1 to 100");
    expect(problems[1]?.message).toBe("'rate' is \"a lot\", but must be a number of at least 0 and below 1");
    expect(problems[2]?.message).toContain('units, rate, gain');
  });

  test('is not led astray by the names of Object.prototype', () => {
    const hostile = JSON.parse('{"__proto__": {"units": 5}, "constructor": 1, "toString": 2}') as Record<string, unknown>;
    const { values, problems } = check(hostile);
    expect(problems.map(({ param }) => param).sort()).toEqual(['__proto__', 'constructor', 'toString']);
    expect(values).toEqual(defaultParams(type));
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
  });

  test('shortens a value that would fill the screen', () => {
    expect(check({ mode: 'x'.repeat(5000) }).problems[0]?.message.length).toBeLessThan(200);
  });
});

describe('initial weights', () => {
  const inits = (params: object) => {
    const { type: dense, values } = typeAndParams('Dense', { units: 4, ...params });
    return dense.weights?.(values, [{ shape: ['N', 25], dtype: 'f32' }]);
  };

  test('default to PyTorch: uniform within ±1/√fan-in, biases too', () => {
    expect(inits({})).toMatchObject({
      weight: { shape: [4, 25], init: { kind: 'uniform', low: -0.2, high: 0.2 } },
      bias: { shape: [4], init: { kind: 'uniform', low: -0.2, high: 0.2 }, noDecay: true },
    });
  });
  test('carry fans, scale and gain', () => {
    expect(inits({ init: 'glorot-uniform' })?.['weight']?.init).toEqual({ kind: 'glorot-uniform', fanIn: 25, fanOut: 4 });
    expect(inits({ init: 'truncated-normal', initScale: 0.1 })?.['weight']?.init).toEqual({ kind: 'truncated-normal', mean: 0, std: 0.1 });
    expect(inits({ init: 'uniform', initScale: 0.1 })?.['weight']?.init).toEqual({ kind: 'uniform', low: -0.1, high: 0.1 });
    expect(inits({ init: 'orthogonal', initGain: 2 })?.['weight']?.init).toEqual({ kind: 'orthogonal', gain: 2 });
    expect(inits({ bias: false })).not.toHaveProperty('bias');
    expect(inits({ biasInit: 'zeros' })?.['bias']?.init).toEqual({ kind: 'zeros' });
  });
  test('count the window and the groups of a convolution', () => {
    const { type: conv, values } = typeAndParams('Conv2D', { filters: 8, kernel: [3, 2], groups: 2, init: 'he-normal' });
    expect(conv.weights?.(values, [{ shape: ['N', 4, 9, 9], dtype: 'f32' }])?.['weight']).toEqual({ shape: [8, 2, 3, 2], init: { kind: 'he-normal', fanIn: 12, fanOut: 48 } });
  });
  test('of an embedding are the standard normal distribution', () => {
    const { type: embedding, values } = typeAndParams('Embedding', { vocabulary: 9, dim: 2 });
    expect(embedding.weights?.(values, [{ shape: ['N', 3], dtype: 'i32' }])?.['weight']?.init).toEqual({ kind: 'normal', mean: 0, std: 1 });
  });
});
