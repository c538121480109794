/** Reshape to image: a vector as a picture, where channels and one side may be left to arithmetic. */
import { ShapeError, type TensorType, defineNode } from '../node-type.ts';
import { int, optionalInt, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { formatShape, inputAt, sizesBehindBatch } from '../shapes.ts';

interface ImageParams {
  readonly channels: number;
  readonly height: number | null;
  readonly width: number | null;
}

/** [channels, height, width]; with neither side given the picture is square, with one given the other follows. */
function imageShape(p: ImageParams, x: TensorType): [number, number, number] {
  const count = sizesBehindBatch(x).reduce((product, n) => product * n, 1);
  const area = count / p.channels;
  const square = Math.sqrt(area);
  const height = p.height ?? (p.width === null ? square : area / p.width);
  const width = p.width ?? (p.height === null ? square : area / p.height);
  if (Number.isInteger(height) && Number.isInteger(width) && height >= 1 && width >= 1 && p.channels * height * width === count) return [p.channels, height, width];
  const wanted = `${p.channels} × ${p.height ?? '?'} × ${p.width ?? '?'}`;
  const near = Math.max(1, Math.round(square));
  const [en, zh] = p.height === null && p.width === null
    ? [`${count} / ${p.channels} = ${Number(area.toFixed(2))} is no square, so height and width must be given`, `${count} / ${p.channels} = ${Number(area.toFixed(2))} 不是平方数，因此必须给出高和宽`]
    : p.height !== null && p.width !== null
      ? [`${p.channels} · ${p.height} · ${p.width} = ${p.channels * p.height * p.width}, not ${count}`, `${p.channels} · ${p.height} · ${p.width} = ${p.channels * p.height * p.width}，而不是 ${count}`]
      : [`${count} is not a multiple of ${p.channels} · ${p.height ?? p.width} = ${p.channels * (p.height ?? p.width ?? 1)}`, `${count} 不是 ${p.channels} · ${p.height ?? p.width} = ${p.channels * (p.height ?? p.width ?? 1)} 的整数倍`];
  throw new ShapeError({
    en: `cannot make pictures of ${wanted} from ${formatShape(x.shape)} (${count} numbers per sample): ${en}; change these sizes, or give the layer in front ${p.channels * near * near} outputs for ${p.channels} × ${near} × ${near}`,
    zh: `无法把 ${formatShape(x.shape)}（每个样本 ${count} 个数）变成 ${wanted} 的图像：${zh}；请修改这些大小，或让前一层有 ${p.channels * near * near} 个输出，以得到 ${p.channels} × ${near} × ${near}`,
  }, { code: 'reshape', port: 'x' });
}

export const ReshapeToImage = defineNode<ImageParams>({
  type: 'ReshapeToImage',
  category: 'shape',
  title: text('Reshape to image', '变形为图像'),
  summary: text('A vector per sample as a picture [channels, height, width]: in front of the convolutions of a decoder or generator.', '把每个样本的向量变成图像 [通道, 高, 宽]：用于解码器或生成器的卷积之前。'),
  synonyms: ['unflatten', 'view', 'decoder', 'generator', '图像', '重塑', '反展平'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    channels: int(text('Channels', '通道数'), text('1 for grey, 3 for colours, more in front of convolutions.', '灰度为 1，彩色为 3，卷积之前可更多。'), 1, { min: 1, max: 1 << 16, prominent: true }),
    height: optionalInt(text('Height', '高'), text('Empty: what the width leaves, or a square picture.', '留空：由宽推出，或为正方形。'), null, { min: 1, max: 1 << 16 }),
    width: optionalInt(text('Width', '宽'), text('Empty: what the height leaves, or a square picture.', '留空：由高推出，或为正方形。'), null, { min: 1, max: 1 << 16 }),
  },
  maths: { forward: String.raw`y_{nchw} = x_{n,\,(cH + h)W + w}`, backward: String.raw`\frac{\partial L}{\partial x_{n,\,(cH + h)W + w}} = \frac{\partial L}{\partial y_{nchw}}` },
  infer(p, ins) {
    const x = inputAt(ins, 0, 'x');
    return [{ ...x, shape: ['N', ...imageShape(p, x)] }];
  },
  lower: (scope, p, [x]) => (x === undefined ? [] : [scope.b.reshape(x, [scope.batch, ...imageShape(p, inputAt(scope.inputTypes, 0, 'x'))])]),
  onnx: (scope, p, [x]) => (x === undefined ? [] : [scope.op('Reshape', [x, scope.int64s([-1, ...imageShape(p, inputAt(scope.inputTypes, 0, 'x'))])])]),
  code: {
    pytorch: (p, ins) => `x.reshape(${['-1', ...imageShape(p, inputAt(ins, 0, 'x'))].join(', ')})`,
    keras: (p, ins) => `layers.Reshape((${imageShape(p, inputAt(ins, 0, 'x')).join(', ')}))`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 25], dtype: 'f32' }] },
    { params: { channels: 3, height: 5 }, inputs: [{ shape: ['N', 105], dtype: 'f32' }] },
    { params: { channels: 2, height: 3, width: 4 }, inputs: [{ shape: ['N', 24], dtype: 'f32' }] },
  ],
});
