/** Mixup: every sample becomes a mixture of itself and another one of the batch; MixTargets mixes the labels alike. */
import type { Builder } from '../../tensor/builder.ts';
import type { Value } from '../../tensor/ir.ts';
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireFeatures } from '../shapes.ts';
import { betaQuantiles } from './beta.ts';

interface MixupParams {
  readonly alpha: number;
}

/** Between two of the table's quantiles the distribution is taken as even. */
const QUANTILES = 1024;

/** Draws of Beta(alpha, alpha) from uniform ones in [0, 1). */
function betaDraws(b: Builder, uniform: Value, alpha: number): Value {
  const table = b.literal(betaQuantiles(alpha, QUANTILES), [QUANTILES + 1]);
  const place = b.mul(uniform, QUANTILES);
  const first = b.unary('floor', place);
  const index = b.toI32(first);
  const below = b.gather(table, index);
  const above = b.gather(table, b.add(index, 1));
  return b.add(below, b.mul(b.sub(above, below), b.sub(place, first)));
}

/** Every sample beside its partner: the batch from its other end. Shuffled batches make that a random one. */
export function mixed(b: Builder, x: Value, share: Value): Value {
  const own = b.reshape(share, x.shape.map((n, i) => (i === 0 ? n : 1)));
  return b.add(b.mul(x, own), b.mul(b.flip(x, [0]), b.sub(1, own)));
}

export const Mixup = defineNode<MixupParams>({
  type: 'Mixup',
  category: 'augmentation',
  title: text('Mixup', 'Mixup 混合'),
  summary: text(
    'Blends each sample with another one of its batch at each training step. Wire its share and the labels to Mix targets, and that to CrossEntropy. Passes samples on in evaluation.',
    '每个训练步把每个样本与同批的另一个样本混合。把它的“比例”和标签接到“混合标签”，再接到交叉熵。评估时原样通过。',
  ),
  synonyms: ['mix', 'blend', 'interpolation', 'soft labels', 'augmentation', '混合', '插值', '软标签'],
  inputs: [inputX],
  outputs: [outputY, { name: 'share', kind: 'tensor', title: text('Share', '比例') }],
  params: {
    alpha: float(text('Strength α', '强度 α'), text('Shares are drawn from Beta(α, α): 0.2 mixes little, 1 evenly between all shares.', '比例取自 Beta(α, α)：0.2 混合较少，1 为各种比例等可能。'), 0.2, { min: 0.01, max: 20, logarithmic: true, prominent: true }),
  },
  maths: { forward: String.raw`y_n = \lambda_n x_n + (1 - \lambda_n)\,x_{N-1-n},\qquad \lambda_n \sim \mathrm{Beta}(\alpha, \alpha)` },
  source: 'H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, “mixup: Beyond Empirical Risk Minimization”, 2018',
  infer: (_p, ins) => [requireFeatures(ins, 1), { shape: ['N'], dtype: 'f32' }],
  lower({ b, batch, training, random }, p, [x]) {
    if (x === undefined) return [];
    if (!training) return [x, b.constant(1, [batch])];
    const share = betaDraws(b, random([batch], 'uniform'), p.alpha);
    return [mixed(b, x, share), share];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: share * x + (1 - share) * x.flip(0), share from torch.distributions.Beta(${p.alpha}, ${p.alpha})`,
    keras: (p) => `layers.MixUp(alpha=${p.alpha})`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 6], dtype: 'f32' }] },
    { params: { alpha: 1 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
