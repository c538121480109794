/** Mix targets: labels as probabilities, mixed in the shares in which Mixup mixed the samples. */
import { oneHot } from '../../tensor/composites.ts';
import { ShapeError, type TensorType, defineNode } from '../node-type.ts';
import { optionalInt, text } from '../params.ts';
import { formatShape, inputAt, requireFloat, sizeOf } from '../shapes.ts';
import { mixed } from './mixup.ts';

interface MixTargetsParams {
  readonly classes: number | null;
}

/** How wide the probabilities are: as told by the parameter, by the labels' source, or by targets that are probabilities already. */
function classesOf(p: MixTargetsParams, target: TensorType): number {
  const fail = (en: string, zh: string, code: string): never => {
    throw new ShapeError({ en, zh }, { code, port: 'target' });
  };
  if (target.dtype === 'f32') {
    return target.shape.length === 2 ? sizeOf(target, 1) : fail(`needs probabilities [N, classes] or class indices [N], got ${formatShape(target.shape)}; wire the labels of a data node`, `需要概率 [N, 类别数] 或类别编号 [N]，但得到 ${formatShape(target.shape)}；请连接数据节点的标签`, 'shape-rank');
  }
  if (target.shape.length !== 1) return fail(`needs one class index per sample [N], got ${formatShape(target.shape)}; labels of every position cannot be mixed`, `需要每个样本一个类别编号 [N]，但得到 ${formatShape(target.shape)}；逐位置的标签无法混合`, 'shape-rank');
  const classes = p.classes ?? target.classes;
  if (classes === undefined) return fail(`the labels do not say how many classes there are; set 'classes'`, '标签没有说明共有多少个类别；请设置“classes”', 'class-count');
  if (target.classes !== undefined && classes < target.classes) return fail(`'classes' is ${classes}, but the labels have ${target.classes}; leave it empty`, `“classes”是 ${classes}，而标签有 ${target.classes} 个类别；请留空`, 'class-count');
  return classes;
}

export const MixTargets = defineNode<MixTargetsParams>({
  type: 'MixTargets',
  category: 'augmentation',
  title: text('Mix targets', '混合标签'),
  summary: text(
    'Labels as probabilities, mixed as Mixup mixed the samples: a target for CrossEntropy. In evaluation the true class has probability 1.',
    '把标签变成概率，并按 Mixup 混合样本的比例混合：作为交叉熵的目标。评估时真实类别的概率为 1。',
  ),
  synonyms: ['soft labels', 'one-hot', 'mixup', 'augmentation', '软标签', '独热', '混合'],
  inputs: [
    { name: 'target', kind: 'tensor', title: text('Labels', '标签') },
    { name: 'share', kind: 'tensor', title: text('Share', '比例') },
  ],
  outputs: [{ name: 'y', kind: 'tensor', title: text('Probabilities', '概率') }],
  params: { classes: optionalInt(text('Classes', '类别数'), text('Empty: as many as the source of the labels has.', '留空：与标签来源的类别数相同。'), null, { min: 1, max: 1 << 20 }) },
  maths: { forward: String.raw`y_{nc} = \lambda_n\,[t_n = c] + (1 - \lambda_n)\,[t_{N-1-n} = c]` },
  source: 'H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, “mixup: Beyond Empirical Risk Minimization”, 2018',
  infer(p, ins) {
    const target = inputAt(ins, 0, 'target');
    const share = inputAt(ins, 1, 'share');
    requireFloat(share, 'share');
    const classes = classesOf(p, target);
    if (share.shape.length !== 1) throw new ShapeError({ en: `needs one share per sample [N], got ${formatShape(share.shape)}; wire the 'share' of a Mixup`, zh: `需要每个样本一个比例 [N]，但得到 ${formatShape(share.shape)}；请连接 Mixup 的“share”` }, { code: 'shape-rank', port: 'share' });
    return [{ shape: ['N', classes], dtype: 'f32' }];
  },
  lower({ b, training, inputTypes }, p, [target, share]) {
    if (target === undefined || share === undefined) return [];
    const sharp = target.dtype === 'f32' ? target : oneHot(b, b.toI32(target), classesOf(p, inputAt(inputTypes, 0, 'target')));
    return [training ? mixed(b, sharp, share) : sharp];
  },
  code: {
    pytorch: (p, ins) => (inputAt(ins, 0, 'target').dtype === 'f32' ? 'share[:, None] * target + (1 - share[:, None]) * target.flip(0)' : `share[:, None] * torch.eye(${classesOf(p, inputAt(ins, 0, 'target'))})[target] + (1 - share[:, None]) * torch.eye(${classesOf(p, inputAt(ins, 0, 'target'))})[target].flip(0)`),
    keras: () => 'layers.MixUp()  # mixes labels itself',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N'], dtype: 'i32', classes: 5 }, { shape: ['N'], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N'], dtype: 'f32' }] },
  ],
});
