/** Pad: cells of one value around the last axes. */
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { float, ints, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { tuple } from '../python.ts';
import { formatShape, requireFeatures, sizesBehindBatch } from '../shapes.ts';

interface PadParams {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

/** Cells in front and behind for every axis, the batch included. */
function widths(p: PadParams, x: TensorType): { before: number[]; after: number[] } {
  const sizes = sizesBehindBatch(x);
  if (p.before.length !== p.after.length) {
    throw new ShapeError({ en: `'before' has ${p.before.length} numbers and 'after' has ${p.after.length}; give one each for the same axes`, zh: `“before”有 ${p.before.length} 个数，而“after”有 ${p.after.length} 个；请为相同的轴各给一个数` }, {
      code: 'param-length', repair: { kind: 'set-param', param: 'after', value: p.before },
    });
  }
  if (p.before.length > sizes.length) {
    throw new ShapeError({ en: `pads ${p.before.length} axes, but ${formatShape(x.shape)} has only ${sizes.length} behind the batch`, zh: `要填充 ${p.before.length} 个轴，但 ${formatShape(x.shape)} 除批次轴外只有 ${sizes.length} 个` }, { code: 'shape-rank', port: 'x' });
  }
  const untouched = new Array<number>(x.shape.length - p.before.length).fill(0);
  return { before: [...untouched, ...p.before], after: [...untouched, ...p.after] };
}

export const Pad = defineNode<PadParams>({
  type: 'Pad',
  category: 'shape',
  title: text('Pad', '填充'),
  summary: text('Adds cells of one value in front of and behind the last axes, for example a border around images.', '在最后几个轴的前后补上同一数值的格子，例如给图像加边框。'),
  synonyms: ['zero padding', 'border', 'margin', '补零', '边框'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    before: ints(text('In front', '前侧'), text('Cells in front of each of the last axes: [top, left] for images.', '在最后各轴前侧补的格数：图像为 [上, 左]。'), [1, 1], { min: 0, max: 1024, minLength: 1, maxLength: 6, prominent: true }),
    after: ints(text('Behind', '后侧'), text('Cells behind each of the last axes: [bottom, right] for images.', '在最后各轴后侧补的格数：图像为 [下, 右]。'), [1, 1], { min: 0, max: 1024, minLength: 1, maxLength: 6, prominent: true }),
    value: float(text('Value', '填充值'), text('What the new cells hold.', '新格子中的数值。'), 0, { min: -1e9, max: 1e9 }),
  },
  maths: {
    forward: String.raw`y_{n,c,i,j} = \begin{cases} x_{n,\,c,\,i - t,\,j - l} & \text{inside} \\ v & \text{outside} \end{cases}`,
    backward: String.raw`\frac{\partial L}{\partial x_{n,c,i,j}} = \frac{\partial L}{\partial y_{n,\,c,\,i + t,\,j + l}}`,
  },
  infer(p, ins) {
    const x = requireFeatures(ins);
    const { before, after } = widths(p, x);
    return [{ shape: x.shape.map((n, i) => (n === 'N' ? n : n + (before[i] ?? 0) + (after[i] ?? 0))), dtype: 'f32' }];
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { before, after } = widths(p, requireFeatures(scope.inputTypes));
    return [scope.b.pad(x, before, after, p.value)];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const { before, after } = widths(p, requireFeatures(scope.inputTypes));
    return [scope.op('Pad', [x, scope.int64s([...before, ...after]), scope.floats([p.value], [])], { mode: 'constant' })];
  },
  code: {
    pytorch: (p) => `F.pad(x, ${tuple(p.before.map((n, i) => [n, p.after[i] ?? 0]).reverse().flat())}${p.value === 0 ? '' : `, value=${p.value}`})`,
    keras(p, ins) {
      const { before, after } = widths(p, requireFeatures(ins));
      return `keras.ops.pad(x, (${before.map((n, i) => tuple([n, after[i] ?? 0])).join(', ')})${p.value === 0 ? '' : `, constant_values=${p.value}`})`;
    },
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2, 3, 4], dtype: 'f32' }] },
    { params: { before: [2], after: [0], value: -1.5 }, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }] },
    { params: { before: [1, 0, 2], after: [0, 3, 1] }, inputs: [{ shape: ['N', 1, 3, 5], dtype: 'f32' }] },
  ],
});
