/** Reshape: the same numbers in the same order, with other axes. */
import { type TensorType, type Text, ShapeError, defineNode } from '../node-type.ts';
import { ints, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { tuple } from '../python.ts';
import { formatShape, inputAt, sizesBehindBatch } from '../shapes.ts';

interface ReshapeParams {
  readonly shape: readonly number[];
}

/** The target with its -1 filled in. */
function resolved(p: ReshapeParams, x: TensorType): number[] {
  const count = sizesBehindBatch(x).reduce((product, n) => product * n, 1);
  const fail = (why: Text): never => {
    throw new ShapeError({ en: `cannot reshape ${formatShape(x.shape)} (${count} numbers per sample) to ${formatShape(['N', ...p.shape])}: ${why.en}`, zh: `无法把 ${formatShape(x.shape)}（每个样本 ${count} 个数）变形为 ${formatShape(['N', ...p.shape])}：${why.zh}` }, {
      code: 'reshape', port: 'x', repair: { kind: 'set-param', param: 'shape', value: [count] },
    });
  };
  const known = p.shape.filter((n) => n !== -1);
  const product = known.reduce((total, n) => total * n, 1);
  if (known.includes(0)) fail({ en: 'a size of 0 would hold nothing', zh: '大小为 0 的轴装不下任何数' });
  if (p.shape.length - known.length > 1) fail({ en: 'only one size can be -1', zh: '只能有一个大小为 -1' });
  if (known.length === p.shape.length) return product === count ? [...p.shape] : fail({ en: `${p.shape.join(' · ') || '1'} = ${product} numbers, not ${count}`, zh: `${p.shape.join(' · ') || '1'} = ${product} 个数，而不是 ${count} 个` });
  if (count % product !== 0) fail({ en: `${count} is not a multiple of ${product}, so no whole number can stand for -1`, zh: `${count} 不是 ${product} 的整数倍，没有整数可以代替 -1` });
  return p.shape.map((n) => (n === -1 ? count / product : n));
}

export const Reshape = defineNode<ReshapeParams>({
  type: 'Reshape',
  category: 'shape',
  title: text('Reshape', '重塑形状'),
  summary: text('Gives each sample another shape with as many numbers in the same order: 784 pixels to 1×28×28.', '把每个样本改成数目相同、顺序不变的另一种形状：如 784 个像素变为 1×28×28。'),
  synonyms: ['view', 'unflatten', 'fold', '变形', '改变形状'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    shape: ints(text('Shape', '目标形状'), text('Size of one sample, without the batch; one -1 stands for what is left.', '单个样本的大小，不含批轴；可用一个 -1 表示剩余的大小。'), [-1], { min: -1, max: 1 << 24, minLength: 0, maxLength: 7, prominent: true }),
  },
  maths: {
    forward: String.raw`y_n = \operatorname{reshape}(x_n),\qquad \prod_i |y|_i = \prod_i |x|_i`,
    backward: String.raw`\frac{\partial L}{\partial x_n} = \operatorname{reshape}^{-1}\Bigl(\frac{\partial L}{\partial y_n}\Bigr)`,
  },
  infer(p, ins) {
    const x = inputAt(ins, 0, 'x');
    return [{ ...x, shape: ['N', ...resolved(p, x)] }];
  },
  lower: (scope, p, [x]) => (x === undefined ? [] : [scope.b.reshape(x, [scope.batch, ...resolved(p, inputAt(scope.inputTypes, 0, 'x'))])]),
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    // The batch stays open: -1 takes whatever the call brings.
    return [scope.op('Reshape', [x, scope.int64s([-1, ...resolved(p, inputAt(scope.inputTypes, 0, 'x'))])])];
  },
  code: {
    pytorch: (p, ins) => `x.reshape(${['-1', ...resolved(p, inputAt(ins, 0, 'x'))].join(', ')})`,
    keras: (p) => `layers.Reshape(${tuple(p.shape)})`,
  },
  examples: [
    { params: { shape: [3, 2, 2] }, inputs: [{ shape: ['N', 12], dtype: 'f32' }] },
    { params: { shape: [5, -1] }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
