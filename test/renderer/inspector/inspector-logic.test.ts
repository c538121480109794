import { describe, expect, it } from 'vitest';
import type { NumberParam, ParamSpec } from '../../../engine/nodes/node-type.ts';
import { bool, float, int, text } from '../../../engine/nodes/params.ts';
import { allNodeTypes } from '../../../engine/nodes/registry.ts';
import { MIXED, common, commonParams } from '../../../renderer/inspector/mixed.ts';
import { isInRange, numberText, parseNumber, stepped } from '../../../renderer/inspector/number-text.ts';
import { nearestStop, sliderStops } from '../../../renderer/inspector/slider-stops.ts';

const words = text('a', 'a');
const numbers: readonly (readonly [string, NumberParam])[] = allNodeTypes().flatMap((type) => Object.entries(type.params).flatMap(([name, spec]) => (spec.kind === 'int' || spec.kind === 'float' ? [[`${type.type}.${name}`, spec] as const] : [])));

describe('sliders', () => {
  it.each(numbers)('%s stops at allowed values, in order', (_name, spec) => {
    const stops = sliderStops(spec) ?? [];
    expect(stops.every((stop) => isInRange(stop, spec))).toBe(true);
    expect([...stops].sort((a, b) => a - b)).toEqual(stops);
    expect(new Set(stops).size).toBe(stops.length);
    if (stops.length > 0) expect(stops.length).toBeLessThanOrEqual(220);
  });
  it('of whole numbers over a logarithm go by powers of two and halves between them', () => {
    expect(sliderStops(int(words, words, 32, { min: 1, max: 100, logarithmic: true }))).toEqual([1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 100]);
  });
  it('of learning rates begin at 0 and leave out what is forbidden', () => {
    const stops = sliderStops(float(words, words, 0.001, { min: 0, max: 100, logarithmic: true })) ?? [];
    expect(stops[0]).toBe(0);
    expect(stops).toContain(0.001);
    expect(stops.at(-1)).toBe(10);
    expect(sliderStops(float(words, words, 0.5, { min: 0, max: 1, exclusive: 'both' }))?.[0]).toBe(0.01);
  });
  it('are not offered for seeds and the like', () => {
    expect(sliderStops(int(words, words, 0, { min: 0, max: 2_147_483_647 }))).toBeUndefined();
    expect(sliderStops(float(words, words, 0, { min: -1e9, max: 1e9 }))).toBeUndefined();
  });
  it('show the stop nearest to the value', () => {
    expect(nearestStop([1, 2, 4, 8], 5)).toBe(2);
    expect(nearestStop([0, 1, 2], -3)).toBe(0);
    expect(nearestStop([0.001, 0.01, 0.1, 1, 10], 0.004)).toBe(1);
  });
});

describe('numbers as they are typed', () => {
  it.each([['3', 3], [' 0.5 ', 0.5], ['.5', 0.5], ['1e-3', 0.001], ['−2', -2], ['０．１', 0.1], ['0,25', 0.25], ['1。5', 1.5]])('%s', (typed, value) => expect(parseNumber(typed)).toBe(value));
  it.each(['', '-', '1e', 'abc', '0x10', '1 2', 'NaN', 'Infinity', '1e999'])('"%s" is none', (typed) => expect(parseNumber(typed)).toBeUndefined());
  it('come back as they are', () => {
    for (const value of [0, 1, -3, 0.1, 1e-8, 0.003, 65536, 2_147_483_647, 1e9, 123.456]) expect(parseNumber(numberText(value))).toBe(value);
  });
  it('go up and down by their last digit, within the range', () => {
    const rate = float(words, words, 0.001, { min: 0, max: 1 });
    expect(stepped(0.003, 1, false, rate)).toBe(0.0031);
    expect(stepped(0.25, -1, false, rate)).toBe(0.24);
    expect(stepped(0.95, 1, true, rate)).toBe(1);
    expect(stepped(5, 1, true, int(words, words, 1, { min: 1, max: 10 }))).toBe(10);
  });
  it('are checked against open and closed ends', () => {
    expect(isInRange(1, float(words, words, 0, { min: 0, max: 1, exclusive: 'max' }))).toBe(false);
    expect(isInRange(0, float(words, words, 0, { min: 0, max: 1, exclusive: 'max' }))).toBe(true);
    expect(isInRange(1.5, int(words, words, 0, { min: 0, max: 2 }))).toBe(false);
  });
});

describe('several nodes', () => {
  const units: ParamSpec = int(text('Units', '单元数'), words, 1, { min: 1, max: 9 });
  const bias: ParamSpec = bool(text('Bias', '偏置'), words, true);
  it('have the parameters that mean the same in all of them', () => {
    const found = commonParams([{ params: { units, bias }, values: { units: 3, bias: true } }, { params: { units: { ...units, default: 7 }, other: bias }, values: { units: 3, other: true } }]);
    expect(found).toEqual([{ name: 'units', spec: units, value: 3 }]);
    expect(commonParams([{ params: { units }, values: { units: 3 } }, { params: { units: { ...units, max: 5 } as ParamSpec }, values: { units: 3 } }])).toEqual([]);
  });
  it('tell where they differ', () => {
    expect(commonParams([{ params: { units }, values: { units: 3 } }, { params: { units }, values: { units: 4 } }])[0]?.value).toBe(MIXED);
    expect(common([true, true])).toBe(true);
    expect(common([true, false])).toBe(MIXED);
  });
  it('leave out what one of them hides', () => {
    const hidden: ParamSpec = { ...units, when: (params) => params['units'] !== 3 };
    expect(commonParams([{ params: { units: hidden }, values: { units: 3 } }, { params: { units: hidden }, values: { units: 4 } }])).toEqual([]);
  });
});
