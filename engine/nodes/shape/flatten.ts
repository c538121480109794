/** Flatten: several axes laid end to end as one. */
import { type Dim, type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { formatShape, inputAt, sizesBehindBatch } from '../shapes.ts';

interface FlattenParams {
  readonly startAxis: number;
}

function flattened(p: FlattenParams, x: TensorType): Dim[] {
  const sizes = sizesBehindBatch(x);
  // A vector per sample is flat already; a single number per sample becomes a vector of one.
  if (p.startAxis > Math.max(1, sizes.length)) {
    throw new ShapeError({ en: `'startAxis' is ${p.startAxis}, but ${formatShape(x.shape)} has no such axis; use 1 to ${Math.max(1, sizes.length)}`, zh: `“startAxis”是 ${p.startAxis}，但 ${formatShape(x.shape)} 没有这个轴；请用 1 到 ${Math.max(1, sizes.length)}` }, {
      code: 'axis-range', port: 'x', repair: { kind: 'set-param', param: 'startAxis', value: 1 },
    });
  }
  const kept = sizes.slice(0, p.startAxis - 1);
  return ['N', ...kept, sizes.slice(p.startAxis - 1).reduce((product, n) => product * n, 1)];
}

export const Flatten = defineNode<FlattenParams>({
  type: 'Flatten',
  category: 'shape',
  title: text('Flatten', '展平'),
  summary: text('Lays all axes behind the batch end to end: the step from images to dense layers.', '把批轴之后的各轴首尾相接为一个轴：从图像到全连接层的过渡。'),
  synonyms: ['vectorize', 'ravel', 'reshape', '拉平', '向量化'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    startAxis: int(text('From axis', '起始轴'), text('Axes from this one on are joined; 1 joins all but the batch.', '从该轴起合并；1 表示合并批轴之外的所有轴。'), 1, { min: 1, max: 7 }),
  },
  maths: {
    forward: String.raw`y_{n,\,(c H + i) W + j} = x_{n,c,i,j}`,
    backward: String.raw`\frac{\partial L}{\partial x_{n,c,i,j}} = \frac{\partial L}{\partial y_{n,\,(c H + i) W + j}}`,
  },
  infer(p, ins) {
    const x = inputAt(ins, 0, 'x');
    return [{ ...x, shape: flattened(p, x) }];
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    return [scope.b.reshape(x, flattened(p, inputAt(scope.inputTypes, 0, 'x')).map((n) => (n === 'N' ? scope.batch : n)))];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    if (p.startAxis === 1) return [scope.op('Flatten', [x], { axis: 1 })];
    // 0 keeps an axis, the batch among them; -1 takes the rest.
    return [scope.op('Reshape', [x, scope.int64s([...new Array<number>(p.startAxis).fill(0), -1])])];
  },
  code: {
    pytorch: (p) => call('nn.Flatten', [], { start_dim: unless(p.startAxis, 1) }),
    keras(p, ins) {
      if (p.startAxis === 1) return 'layers.Flatten()';
      return `layers.Reshape((${[...sizesBehindBatch(inputAt(ins, 0, 'x')).slice(0, p.startAxis - 1), -1].join(', ')},))`;
    },
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2, 3, 4], dtype: 'f32' }] },
    { params: { startAxis: 2 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }] },
  ],
});
