/** ScaledDotProductAttention: each place of the query takes the mean of the values, weighted by how well its query fits their keys. */
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { bool, int, text } from '../params.ts';
import { outputY } from '../ports.ts';
import { formatShape } from '../shapes.ts';
import { type Tokens, attend, attendOnnx, requireHeads, requireTokens, tokensType } from './attend.ts';

interface AttentionParams {
  readonly heads: number;
  readonly causal: boolean;
}

function checked(p: AttentionParams, ins: readonly TensorType[]): { readonly query: Tokens; readonly value: Tokens } {
  const query = requireTokens(ins, 0, 'query');
  const key = requireTokens(ins, 1, 'key');
  const value = requireTokens(ins, 2, 'value');
  if (key.features !== query.features) {
    throw new ShapeError({ en: `queries have ${query.features} features and keys ${key.features}; they are multiplied, so give both the same (a Dense brings them to one width)`, zh: `查询有 ${query.features} 个特征，键有 ${key.features} 个；两者要相乘，因此宽度必须相同（可用全连接层统一）` }, { code: 'shape-mismatch', port: 'key' });
  }
  if (value.length !== key.length) {
    throw new ShapeError({ en: `there are ${key.length} keys, but ${value.length} values (${formatShape(ins[2]?.shape ?? [])}); each key belongs to one value`, zh: `有 ${key.length} 个键，但有 ${value.length} 个值（${formatShape(ins[2]?.shape ?? [])}）；每个键对应一个值` }, { code: 'shape-mismatch', port: 'value' });
  }
  requireHeads(p.heads, query.features, 'query');
  requireHeads(p.heads, value.features, 'value');
  return { query, value };
}

const sequence = (length: number, features: number): TensorType => tokensType({ length, features });

export const ScaledDotProductAttention = defineNode<AttentionParams>({
  type: 'ScaledDotProductAttention',
  category: 'layer',
  title: text('Dot-product attention', '点积注意力'),
  summary: text(
    'Each place asks with its query, is answered by the keys that fit, and takes the mean of their values. Without weights of its own: put Dense layers before it.',
    '每个位置用查询提问，由匹配的键作答，并取其值的加权平均。自身没有权重：请在前面放全连接层。',
  ),
  synonyms: ['sdpa', 'scaled dot-product attention', 'qkv', 'self-attention', 'cross-attention', 'transformer', '缩放点积注意力', '自注意力', '交叉注意力'],
  inputs: [
    { name: 'query', kind: 'tensor', title: text('Query', '查询') },
    { name: 'key', kind: 'tensor', title: text('Key', '键') },
    { name: 'value', kind: 'tensor', title: text('Value', '值') },
  ],
  outputs: [outputY],
  params: {
    heads: int(text('Heads', '头数'), text('The features are shared out among so many attentions side by side; it must divide them.', '特征被均分给这么多个并列的注意力；头数必须能整除特征数。'), 1, { min: 1, max: 1024, prominent: true, logarithmic: true }),
    causal: bool(text('Causal', '因果'), text('A place sees itself and those before it, never what comes after: for text that is continued.', '每个位置只能看到自己和之前的位置，看不到之后的内容：用于续写文本。'), false, { prominent: true }),
  },
  maths: {
    forward: String.raw`y = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V`,
    backward: String.raw`\frac{\partial L}{\partial V} = A^\top G,\qquad \frac{\partial L}{\partial S} = A \odot \bigl(G V^\top - \mathrm{rowsum}(A \odot G V^\top)\bigr),\qquad \frac{\partial L}{\partial Q} = \frac{1}{\sqrt{d}} \frac{\partial L}{\partial S} K`,
  },
  source: 'A. Vaswani et al., “Attention Is All You Need”, 2017',
  infer(p, ins) {
    const { query, value } = checked(p, ins);
    return [sequence(query.length, value.features)];
  },
  lower(scope, p, [query, key, value]) {
    if (query === undefined || key === undefined || value === undefined) return [];
    return [attend(scope.b, query, key, value, p)];
  },
  onnx(scope, p, [query, key, value]) {
    if (query === undefined || key === undefined || value === undefined) return [];
    return [attendOnnx(scope, p, query, key, value, scope.inputTypes.map((_, i) => requireTokens(scope.inputTypes, i, 'query')))];
  },
  code: {
    pytorch(p) {
      if (p.heads === 1) return `F.scaled_dot_product_attention(query, key, value${p.causal ? ', is_causal=True' : ''})`;
      const heads = (name: string): string => `${name}.unflatten(-1, (${p.heads}, -1)).transpose(1, 2)`;
      return `F.scaled_dot_product_attention(${heads('query')}, ${heads('key')}, ${heads('value')}${p.causal ? ', is_causal=True' : ''}).transpose(1, 2).flatten(2)`;
    },
    keras: (p) => (p.heads === 1
      ? `layers.Attention(use_scale=False${p.causal ? ', causal=True' : ''})([query / query.shape[-1] ** 0.5, value, key])`
      : `keras.ops.dot_product_attention(*(keras.ops.reshape(t, (-1, t.shape[1], ${p.heads}, t.shape[2] // ${p.heads})) for t in (query, key, value))${p.causal ? ', is_causal=True' : ''})`),
  },
  examples: [
    { params: {}, inputs: [sequence(5, 6), sequence(4, 6), sequence(4, 3)] },
    { params: { heads: 2, causal: true }, inputs: [sequence(4, 6), sequence(4, 6), sequence(4, 4)] },
    { params: { heads: 3 }, inputs: [sequence(1, 6), sequence(1, 6), sequence(1, 9)] },
  ],
});
