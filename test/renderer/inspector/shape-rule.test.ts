import { describe, expect, it } from 'vitest';
import type { ParamValue } from '../../../engine/graph/document.ts';
import type { TensorType } from '../../../engine/nodes/node-type.ts';
import { allNodeTypes, nodeType } from '../../../engine/nodes/registry.ts';
import { validateParams } from '../../../engine/nodes/params.ts';
import { shapeRule } from '../../../renderer/inspector/shape-rule.ts';

const f32 = (...shape: TensorType['shape']): TensorType => ({ shape, dtype: 'f32' });
function ruleOf(name: string, params: Readonly<Record<string, ParamValue>>, ...ins: TensorType[]) {
  const type = nodeType(name);
  if (type === undefined) throw new Error(`no type ${name}`);
  const { values } = validateParams(type, params);
  return shapeRule(type, values, ins, type.infer(values as never, ins), ({ en }) => en);
}
const sumsOf = (...args: Parameters<typeof ruleOf>) => ruleOf(...args).sums;

describe('the shape rule with a node’s own numbers', () => {
  it('of a convolution', () => {
    const rule = ruleOf('Conv2D', { filters: 16, kernel: [3, 3] }, f32('N', 1, 28, 28));
    expect(rule).toMatchObject({ inputs: ['[N, 1, 28, 28]'], outputs: ['[N, 16, 26, 26]'], sums: ['16 = Filters', '26 = (28 + 2 · 0 − 3) / 1 + 1'] });
    expect(rule.params.map(({ name }) => name)).toEqual(['filters', 'kernel', 'stride', 'padding', 'dilation']);
  });
  it('with stride, dilation and uneven padding', () => {
    expect(sumsOf('Conv2D', { filters: 4, kernel: [3], stride: [2], padding: 'same' }, f32('N', 1, 28, 28))).toContain('14 = (28 + 0 + 1 − 3) / 2 + 1');
    expect(sumsOf('Conv2D', { filters: 4, kernel: [3], dilation: [2] }, f32('N', 1, 20, 28))).toEqual(['4 = Filters', '16 = (20 + 2 · 0 − (2 · (3 − 1) + 1)) / 1 + 1', '24 = (28 + 2 · 0 − (2 · (3 − 1) + 1)) / 1 + 1']);
    expect(sumsOf('MaxPool2D', { size: [2, 2] }, f32('N', 8, 13, 12))).toEqual(['6 = ⌊(13 + 2 · 0 − 2) / 2⌋ + 1', '6 = (12 + 2 · 0 − 2) / 2 + 1']);
  });
  it('of a transposed convolution', () => {
    expect(sumsOf('ConvTranspose2D', { filters: 4, kernel: [3], stride: [2], padding: [1], outputPadding: [1] }, f32('N', 8, 7, 7))).toEqual(['4 = Filters', '14 = (7 − 1) · 2 + 3 − 2 · 1 + 1']);
  });
  it('of layers that join, widen, enlarge and pad', () => {
    expect(sumsOf('Flatten', {}, f32('N', 32, 5, 5))).toEqual(['800 = 32 · 5 · 5']);
    expect(sumsOf('Dense', { units: 10 }, f32('N', 64))).toEqual(['10 = Units']);
    expect(sumsOf('Concat', { axis: 1 }, f32('N', 16, 4, 4), f32('N', 32, 4, 4))).toEqual(['48 = 16 + 32']);
    expect(sumsOf('Upsample', { scale: [2] }, f32('N', 3, 28, 14))).toEqual(['56 = 28 · 2 (Scale)', '28 = 14 · 2 (Scale)']);
    expect(sumsOf('Pad', { before: [1, 2], after: [3, 4] }, f32('N', 1, 10, 20))).toEqual(['14 = 10 + 1 + 3', '26 = 20 + 2 + 4']);
    expect(sumsOf('ReLU', {}, f32('N', 64))).toEqual([]);
  });
});

describe.each(allNodeTypes().map((type) => [type.type, type] as const))('%s', (_name, type) => {
  it('never states a sum that is wrong', () => {
    for (const example of type.examples) {
      const { values } = validateParams(type, example.params as Record<string, ParamValue>);
      const outs = type.infer(values as never, example.inputs);
      for (const sum of shapeRule(type, values, example.inputs, outs, ({ en }) => en).sums) {
        const [, size = '', right = ''] = /^(\d+) = (.*)$/.exec(sum) ?? [];
        expect(outs.some(({ shape }) => shape.includes(Number(size)))).toBe(true);
        // Titles of parameters stand for the number on the left.
        const formula = right.replace(/ \([A-Z][^)]*\)$/, '').replaceAll('·', '*').replaceAll('−', '-').replaceAll('⌊', 'Math.floor(').replaceAll('⌋', ')');
        if (!/[A-Z]/.test(formula.replaceAll('Math', ''))) expect(new Function(`return ${formula}`)()).toBe(Number(size));
      }
    }
  });
});
