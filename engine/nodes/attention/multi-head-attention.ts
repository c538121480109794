/** MultiHeadAttention: attention with its own projections, several heads side by side; over itself, or over another sequence. */
import { type Value, elementCount } from '../../tensor/ir.ts';
import { type Port, type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { bool, float, int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { formatShape } from '../shapes.ts';
import { type Tokens, attend, attendOnnx, requireHeads, requireTokens, tokensType } from './attend.ts';

interface MultiHeadAttentionParams {
  readonly heads: number;
  readonly causal: boolean;
  readonly dropout: number;
  readonly bias: boolean;
}

const CONTEXT: Port = { name: 'context', kind: 'tensor', title: text('Context', '上下文'), optional: true };
const PADDING: Port = { name: 'padding', kind: 'tensor', title: text('Padding', '填充'), optional: true };

interface Wires {
  readonly x: Tokens;
  /** Keys and values come from here: x itself, where nothing else is wired. */
  readonly context: Tokens;
  /** Places among the inputs; an optional port without a wire has none. */
  readonly contextAt: number | undefined;
  readonly paddingAt: number | undefined;
}

/** Which wire is which: a context is a sequence, padding one number for each of its places. */
function wiresOf(p: MultiHeadAttentionParams, ins: readonly TensorType[]): Wires {
  const x = requireTokens(ins, 0, 'x');
  requireHeads(p.heads, x.features, 'x');
  const contextAt = ins.length > 2 || ins[1]?.shape.length === 3 ? 1 : undefined;
  const paddingAt = ins.length > 2 ? 2 : contextAt === undefined && ins.length > 1 ? 1 : undefined;
  const context = contextAt === undefined ? x : requireTokens(ins, contextAt, 'context');
  if (context.features !== x.features) {
    throw new ShapeError({ en: `the context has ${context.features} features and x has ${x.features}; give both the same (a Dense brings them to one width)`, zh: `上下文有 ${context.features} 个特征，x 有 ${x.features} 个；两者必须相同（可用全连接层统一宽度）` }, { code: 'shape-mismatch', port: 'context' });
  }
  const padding = paddingAt === undefined ? undefined : ins[paddingAt];
  if (padding !== undefined && (padding.shape.length !== 2 || padding.shape[1] !== context.length)) {
    throw new ShapeError({ en: `padding marks each of the ${context.length} places that are looked at: it is [N, ${context.length}], but got ${formatShape(padding.shape)}`, zh: `填充标记被查看的 ${context.length} 个位置：应为 [N, ${context.length}]，但得到 ${formatShape(padding.shape)}` }, { code: 'shape-mismatch', port: 'padding' });
  }
  return { x, context, contextAt, paddingAt };
}

const sequence = (length: number, features: number): TensorType => tokensType({ length, features });

export const MultiHeadAttention = defineNode<MultiHeadAttentionParams>({
  type: 'MultiHeadAttention',
  category: 'layer',
  title: text('Multi-head attention', '多头注意力'),
  summary: text(
    'Every place of a sequence looks at all the others and takes from them what it needs. With a context it looks at that one instead (cross-attention).',
    '序列的每个位置查看其他所有位置，并从中取得所需的信息。接上上下文后，则改为查看上下文（交叉注意力）。',
  ),
  synonyms: ['mha', 'self-attention', 'cross-attention', 'transformer', 'attention', '自注意力', '交叉注意力', '注意力'],
  inputs: [inputX, CONTEXT, PADDING],
  outputs: [outputY],
  params: {
    heads: int(text('Heads', '头数'), text('Attentions side by side, each with its share of the features; it must divide them.', '并列的注意力个数，各占一部分特征；头数必须能整除特征数。'), 4, { min: 1, max: 1024, prominent: true, logarithmic: true }),
    causal: bool(text('Causal', '因果'), text('A place sees itself and those before it, never what comes after: for text that is continued.', '每个位置只能看到自己和之前的位置，看不到之后的内容：用于续写文本。'), false, { prominent: true }),
    dropout: float(text('Dropout', '随机失活'), text('Share of the attention weights that is left out in each training step.', '每个训练步中被略去的注意力权重的比例。'), 0, { min: 0, max: 1, exclusive: 'max' }),
    bias: bool(text('Bias', '偏置'), text('Train an offset behind each projection.', '在每个投影之后训练一个偏移。'), true),
  },
  maths: {
    forward: String.raw`Q, K, V = x W_Q^\top,\, c W_K^\top,\, c W_V^\top;\qquad y = \bigl[\mathrm{softmax}\!\left(\tfrac{Q_h K_h^\top}{\sqrt{d_h}}\right) V_h\bigr]_{h} W_O^\top`,
    backward: String.raw`\frac{\partial L}{\partial S_h} = A_h \odot \bigl(G_h V_h^\top - \mathrm{rowsum}(A_h \odot G_h V_h^\top)\bigr),\qquad \frac{\partial L}{\partial Q_h} = \tfrac{1}{\sqrt{d_h}} \frac{\partial L}{\partial S_h} K_h`,
  },
  source: 'A. Vaswani et al., “Attention Is All You Need”, 2017',
  infer(p, ins) {
    return [tokensType(wiresOf(p, ins).x)];
  },
  weights(p, ins) {
    const { features } = wiresOf(p, ins).x;
    const bound = 1 / Math.sqrt(features);
    return {
      // The three projections lie one upon the other, as PyTorch has and draws them.
      in_proj_weight: { shape: [3 * features, features], init: { kind: 'glorot-uniform', fanIn: features, fanOut: 3 * features } },
      ...(p.bias ? { in_proj_bias: { shape: [3 * features], init: { kind: 'zeros' }, noDecay: true } as const } : {}),
      'out_proj.weight': { shape: [features, features], init: { kind: 'uniform', low: -bound, high: bound } },
      ...(p.bias ? { 'out_proj.bias': { shape: [features], init: { kind: 'zeros' }, noDecay: true } as const } : {}),
    };
  },
  lower(scope, p, ins) {
    const { b } = scope;
    const { contextAt, paddingAt } = wiresOf(p, scope.inputTypes);
    const [x] = ins;
    if (x === undefined) return [];
    const features = x.shape[2] ?? 1;
    const weight = scope.weight('in_proj_weight');
    const bias = p.bias ? scope.weight('in_proj_bias') : undefined;
    /** Of the stacked projections those from `first` to `last`, as one product over all places, then one by one. */
    const project = (of: Value, first: number, last: number): Value[] => {
      const [start, stop] = [first * features, last * features];
      const rows = b.reshape(of, [elementCount(of.shape) / features, features]);
      const product = b.dot(rows, b.transpose(b.slice(weight, 0, start, stop)));
      const y = bias === undefined ? product : b.add(product, b.slice(bias, 0, start, stop));
      const places = b.reshape(y, [of.shape[0] ?? 1, of.shape[1] ?? 1, stop - start]);
      return Array.from({ length: last - first }, (_, i) => b.slice(places, 2, i * features, (i + 1) * features));
    };
    const context = contextAt === undefined ? undefined : ins[contextAt];
    const [query, key, value] = context === undefined ? project(x, 0, 3) : [...project(x, 0, 1), ...project(context, 1, 3)];
    if (query === undefined || key === undefined || value === undefined) return [];
    const mean = attend(b, query, key, value, {
      ...p, padding: paddingAt === undefined ? undefined : ins[paddingAt],
      dropout: scope.training ? { rate: p.dropout, random: (shape) => scope.random(shape, 'uniform') } : undefined,
    });
    const rows = b.dot(b.reshape(mean, [elementCount(mean.shape) / features, features]), b.transpose(scope.weight('out_proj.weight')));
    return [b.reshape(p.bias ? b.add(rows, scope.weight('out_proj.bias')) : rows, x.shape)];
  },
  onnx(scope, p, ins) {
    const wires = wiresOf(p, scope.inputTypes);
    const [x] = ins;
    if (x === undefined) return [];
    const context = wires.contextAt === undefined ? x : (ins[wires.contextAt] ?? x);
    const { features } = wires.x;
    const projected = (of: string, i: number): string => {
      const at = (name: string): string => scope.op('Slice', [scope.weight(name), scope.int64s([i * features]), scope.int64s([(i + 1) * features]), scope.int64s([0])]);
      const product = scope.op('MatMul', [of, scope.op('Transpose', [at('in_proj_weight')], { perm: [1, 0] })]);
      return p.bias ? scope.op('Add', [product, at('in_proj_bias')]) : product;
    };
    const padding = wires.paddingAt === undefined ? undefined : ins[wires.paddingAt];
    const isFloat = wires.paddingAt === undefined || scope.inputTypes[wires.paddingAt]?.dtype === 'f32';
    const mean = attendOnnx(scope, p, projected(x, 0), projected(context, 1), projected(context, 2), [wires.x, wires.context, wires.context], padding === undefined ? undefined : (isFloat ? padding : scope.op('Cast', [padding], { to: 1 })));
    const product = scope.op('MatMul', [mean, scope.op('Transpose', [scope.weight('out_proj.weight')], { perm: [1, 0] })]);
    return [p.bias ? scope.op('Add', [product, scope.weight('out_proj.bias')]) : product];
  },
  code: {
    pytorch: (p, ins) => call('nn.MultiheadAttention', [wiresOf(p, ins).x.features, p.heads], { dropout: unless(p.dropout, 0), bias: unless(p.bias, true), batch_first: true }),
    pytorchCall(p, ins) {
      const { x, context, contextAt, paddingAt } = wiresOf(p, ins);
      const seen = contextAt === undefined ? 'x' : 'context';
      return `layer(x, ${seen}, ${seen}${paddingAt === undefined ? '' : ', key_padding_mask=padding != 0'}${p.causal ? `, attn_mask=torch.ones(${x.length}, ${context.length}, dtype=torch.bool).triu(1)` : ''}, need_weights=False)[0]`;
    },
    keras: (p, ins) => call('layers.MultiHeadAttention', [p.heads, wiresOf(p, ins).x.features / p.heads], { dropout: unless(p.dropout, 0), use_bias: unless(p.bias, true) }),
  },
  examples: [
    { params: { heads: 2 }, inputs: [sequence(5, 8)] },
    { params: { heads: 4, causal: true, bias: false }, inputs: [sequence(4, 8)] },
    { params: { heads: 2 }, inputs: [sequence(3, 4), sequence(5, 4)] },
    { params: { heads: 1 }, inputs: [sequence(1, 3)] },
  ],
});
