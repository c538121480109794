/** PositionalEncoding: adds to each place of a sequence what tells where it is, for attention itself does not see order. */
import { type WeightSpec, defineNode } from '../node-type.ts';
import { choice, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call } from '../python.ts';
import { requireTokens, tokensType } from './attend.ts';

interface PositionalEncodingParams {
  readonly kind: 'sinusoidal' | 'learned';
}

/** The longest wave is about so many places long. */
const BASE = 10_000;

/** sin and cos in turn, from short waves to long ones: [T, D]. */
function waves(length: number, features: number): Float32Array {
  return Float32Array.from({ length: length * features }, (_, i) => {
    const place = Math.floor(i / features);
    const feature = i % features;
    const angle = place / BASE ** ((feature - (feature % 2)) / features);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}

export const PositionalEncoding = defineNode<PositionalEncodingParams>({
  type: 'PositionalEncoding',
  category: 'layer',
  title: text('Positional encoding', '位置编码'),
  summary: text(
    'Adds to every place of a sequence a pattern of its own, because attention by itself cannot tell first from last.',
    '给序列的每个位置加上各自的编码，因为注意力本身分不清先后。',
  ),
  synonyms: ['position embedding', 'sinusoidal', 'transformer', 'pe', '位置嵌入', '正弦编码'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    kind: choice(
      text('Kind', '类型'), text('Waves of many lengths, which need no training, or a trained vector for each place.', '由多种波长的正弦波构成（无需训练），或为每个位置训练一个向量。'),
      'sinusoidal', { sinusoidal: text('Sinusoidal', '正弦'), learned: text('Learned', '可训练') }, { prominent: true },
    ),
  },
  maths: {
    forward: String.raw`y_{t,2i} = x_{t,2i} + \sin\frac{t}{10000^{2i/D}},\qquad y_{t,2i+1} = x_{t,2i+1} + \cos\frac{t}{10000^{2i/D}};\qquad \text{learned: } y_t = x_t + P_t`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y},\qquad \frac{\partial L}{\partial P_t} = \sum_n \frac{\partial L}{\partial y_{n,t}}`,
  },
  source: 'A. Vaswani et al., “Attention Is All You Need”, 2017',
  infer(_p, ins) {
    return [tokensType(requireTokens(ins, 0, 'x'))];
  },
  weights(p, ins): Readonly<Record<string, WeightSpec>> {
    if (p.kind !== 'learned') return {};
    const { length, features } = requireTokens(ins, 0, 'x');
    // Small beside what it is added to, as transformers commonly begin.
    return { weight: { shape: [length, features], init: { kind: 'normal', mean: 0, std: 0.02 }, storage: [0, 1], noDecay: true } };
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { length, features } = requireTokens(scope.inputTypes, 0, 'x');
    return [scope.b.add(x, p.kind === 'learned' ? scope.weight('weight') : scope.b.literal(waves(length, features), [length, features]))];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const { length, features } = requireTokens(scope.inputTypes, 0, 'x');
    return [scope.op('Add', [x, p.kind === 'learned' ? scope.weight('weight') : scope.floats(Array.from(waves(length, features)), [length, features])])];
  },
  code: {
    pytorch(p, ins) {
      const { length, features } = requireTokens(ins, 0, 'x');
      if (p.kind === 'learned') return call('nn.Embedding', [length, features]);
      return `x + (lambda angle: torch.stack((angle.sin(), angle.cos()), -1).flatten(1)[:, :${features}])(torch.arange(${length})[:, None] / ${BASE} ** (torch.arange(0, ${features}, 2) / ${features}))`;
    },
    pytorchCall: () => 'x + layer.weight',
    keras(p, ins) {
      const { length, features } = requireTokens(ins, 0, 'x');
      return p.kind === 'learned'
        ? `x + layers.Embedding(${length}, ${features})(keras.ops.arange(${length}))`
        : `x + (lambda angle: keras.ops.reshape(keras.ops.stack((keras.ops.sin(angle), keras.ops.cos(angle)), -1), (${length}, -1))[:, :${features}])(keras.ops.arange(${length}, dtype='float32')[:, None] / ${BASE} ** (keras.ops.arange(0, ${features}, 2, dtype='float32') / ${features}))`;
    },
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5, 6], dtype: 'f32' }] },
    { params: { kind: 'learned' }, inputs: [{ shape: ['N', 3, 4], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 1, 3], dtype: 'f32' }] },
  ],
});
