/** Embedding: a trained vector for every token. */
import { ShapeError, defineNode } from '../node-type.ts';
import { type InitParams, initParams, kerasInit, weightInit } from '../initializers.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call } from '../python.ts';
import { formatShape, inputAt } from '../shapes.ts';

interface EmbeddingParams extends InitParams {
  readonly vocabulary: number;
  readonly dim: number;
}

export const Embedding = defineNode<EmbeddingParams>({
  type: 'Embedding',
  category: 'layer',
  title: text('Embedding', '嵌入层'),
  summary: text(
    'Looks up a trained vector for each whole number: words, characters, categories.',
    '为每个整数查出一个可训练的向量：词、字符或类别。',
  ),
  synonyms: ['lookup table', 'word vectors', 'token', 'gather', '词嵌入', '词向量', '查找表'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    vocabulary: int(text('Vocabulary', '词表大小'), text('Number of different tokens: 0 to this number less one.', '不同词元的个数：取值从 0 到该数减一。'), 1000, { min: 1, max: 1 << 24, prominent: true, logarithmic: true }),
    dim: int(text('Dimension', '维度'), text('Length of each vector.', '每个向量的长度。'), 64, { min: 1, max: 65536, prominent: true, logarithmic: true }),
    ...initParams,
  },
  maths: {
    forward: String.raw`y_{n,t} = E_{x_{n,t}}`,
    backward: String.raw`\frac{\partial L}{\partial E_v} = \sum_{n,t\,:\,x_{n,t} = v} \frac{\partial L}{\partial y_{n,t}}`,
  },
  source: 'Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin, “A Neural Probabilistic Language Model”, 2003',
  infer(p, ins) {
    const x = inputAt(ins, 0, 'x');
    if (x.dtype === 'f32') throw new ShapeError({ en: `needs whole numbers (i32 tokens), got f32 ${formatShape(x.shape)}`, zh: `需要整数（i32 词元），但得到 f32 ${formatShape(x.shape)}` }, { code: 'dtype-mismatch', port: 'x' });
    if (x.classes !== undefined && x.classes > p.vocabulary) {
      throw new ShapeError({ en: `its vocabulary of ${p.vocabulary} is smaller than the ${x.classes} different tokens at its input`, zh: `词表大小为 ${p.vocabulary}，小于输入中的 ${x.classes} 种词元` }, {
        code: 'vocabulary', port: 'x', repair: { kind: 'set-param', param: 'vocabulary', value: x.classes },
      });
    }
    return [{ shape: [...x.shape, p.dim], dtype: 'f32' }];
  },
  weights: (p) => ({
    weight: {
      shape: [p.vocabulary, p.dim],
      // PyTorch draws embeddings from the standard normal distribution.
      init: p.init === 'pytorch' ? { kind: 'normal', mean: 0, std: 1 } : weightInit(p, { fanIn: p.vocabulary, fanOut: p.dim }),
      // A row is what is looked up: it stays contiguous.
      storage: [0, 1],
    },
  }),
  lower: (scope, _p, [x]) => (x === undefined ? [] : [scope.b.gather(scope.weight('weight'), scope.b.toI32(x))]),
  onnx: (scope, _p, [x]) => (x === undefined ? [] : [scope.op('Gather', [scope.weight('weight'), x], { axis: 0 })]),
  code: {
    pytorch: (p) => call('nn.Embedding', [p.vocabulary, p.dim]),
    keras: (p) => call('layers.Embedding', [p.vocabulary, p.dim], { embeddings_initializer: p.init === 'pytorch' ? 'keras.initializers.RandomNormal(stddev=1.0)' : (kerasInit(p) ?? "'glorot_uniform'") }),
  },
  examples: [
    { params: { vocabulary: 11, dim: 4 }, inputs: [{ shape: ['N', 5], dtype: 'i32', classes: 11 }] },
    { params: { vocabulary: 7, dim: 3 }, inputs: [{ shape: ['N'], dtype: 'i32', classes: 5 }] },
  ],
});
