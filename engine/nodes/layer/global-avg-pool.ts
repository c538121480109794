/** GlobalAvgPool: each channel becomes its mean, whatever the size of the image. */
import { defineNode } from '../node-type.ts';
import { bool, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call } from '../python.ts';
import { requireFeatures, sizeOf } from '../shapes.ts';

interface GlobalAvgPoolParams {
  readonly keepAxes: boolean;
}

export const GlobalAvgPool = defineNode<GlobalAvgPoolParams>({
  type: 'GlobalAvgPool',
  category: 'layer',
  title: text('Global average pool', '全局平均池化'),
  summary: text(
    'Averages each channel over the whole image or sequence: the usual bridge from convolutions to the classifier, without a weight.',
    '对每个通道在整幅图像或整条序列上求平均：从卷积到分类器的常用桥梁，不需要权重。',
  ),
  synonyms: ['gap', 'adaptive average pool', 'global pooling', 'mean', '全局池化', '自适应平均池化'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    keepAxes: bool(text('Keep axes', '保留轴'), text('Give [N, C, 1, 1] instead of [N, C].', '输出 [N, C, 1, 1]，而不是 [N, C]。'), false),
  },
  maths: {
    forward: String.raw`y_{n,c} = \frac{1}{H W} \sum_{i,j} x_{n,c,i,j}`,
    backward: String.raw`\frac{\partial L}{\partial x_{n,c,i,j}} = \frac{1}{H W}\,\frac{\partial L}{\partial y_{n,c}}`,
  },
  source: 'M. Lin, Q. Chen, S. Yan, “Network In Network”, 2014',
  infer(p, ins) {
    const x = requireFeatures(ins, 3);
    const kept = p.keepAxes ? x.shape.slice(2).map(() => 1) : [];
    return [{ shape: ['N', sizeOf(x, 1), ...kept], dtype: 'f32' }];
  },
  lower: (scope, p, [x]) => (x === undefined ? [] : [scope.b.mean(x, x.shape.slice(2).map((_, i) => i + 2), p.keepAxes)]),
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const pooled = scope.op('GlobalAveragePool', [x]);
    return [p.keepAxes ? pooled : scope.op('Flatten', [pooled], { axis: 1 })];
  },
  code: {
    pytorch(p, ins) {
      const axes = requireFeatures(ins, 3).shape.length - 2;
      if (axes > 3) return `torch.mean(x, dim=${pythonAxes(axes)}${p.keepAxes ? ', keepdim=True' : ''})`;
      const pool = call(`nn.AdaptiveAvgPool${axes}d`, [1]);
      return p.keepAxes ? pool : `nn.Sequential(${pool}, nn.Flatten())`;
    },
    keras(p, ins) {
      const axes = requireFeatures(ins, 3).shape.length - 2;
      if (axes > 3) return `keras.ops.mean(x, axis=${pythonAxes(axes)}${p.keepAxes ? ', keepdims=True' : ''})`;
      return call(`layers.GlobalAveragePooling${axes}D`, [], { data_format: "'channels_first'", keepdims: p.keepAxes ? true : undefined });
    },
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
    { params: { keepAxes: true }, inputs: [{ shape: ['N', 2, 4, 4], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }] },
  ],
});

const pythonAxes = (count: number): string => `(${Array.from({ length: count }, (_, i) => i + 2).join(', ')})`;
