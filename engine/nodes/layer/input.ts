/** Input: a named tensor that is fed from outside, by `--data` or at prediction, instead of coming from a dataset. */
import { type TensorType, defineNode } from '../node-type.ts';
import { choice, ints, optionalInt, text, textParam } from '../params.ts';
import { outputY } from '../ports.ts';
import { formatShape } from '../shapes.ts';
import { tuple } from '../python.ts';

interface InputParams {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'i32';
  readonly classes: number | null;
}

const typeOf = (p: InputParams): TensorType => ({ shape: ['N', ...p.shape], dtype: p.dtype, ...(p.dtype === 'i32' && p.classes !== null ? { classes: p.classes } : {}) });

/** A name as Python takes it: letters, digits and underscores, no digit in front. */
const pythonName = (name: string): string => name.replace(/\W/g, '_').replace(/^(?=\d|$)/, 'x');

export const Input = defineNode<InputParams>({
  type: 'Input',
  category: 'layer',
  title: text('Input', '输入'),
  summary: text(
    'A tensor fed from outside: your own arrays, or what the exported model is called with. The batch axis N comes in front of the shape.',
    '从外部送入的张量：自己的数组，或调用导出模型时给出的数据。形状前面还有批轴 N。',
  ),
  synonyms: ['placeholder', 'feed', 'argument', 'features', '占位符', '特征'],
  inputs: [],
  outputs: [outputY],
  params: {
    name: textParam(text('Name', '名称'), text('Name of the array that feeds it and of the exported model\'s input.', '送入数据的数组名，也是导出模型的输入名。'), 'x', 64),
    shape: ints(
      text('Shape', '形状'), text('Size of one sample, without the batch: [channels, height, width] for images, [features] for vectors, empty for single numbers.', '单个样本的大小，不含批轴：图像为 [通道, 高, 宽]，向量为 [特征数]，单个数则留空。'),
      [1, 28, 28], { min: 1, max: 1 << 20, minLength: 0, maxLength: 6, prominent: true },
    ),
    dtype: choice(
      text('Number type', '数值类型'), text('f32 for measurements, i32 for class indices and tokens.', '测量值用 f32，类别编号和词元用 i32。'),
      'f32', { f32: text('f32: real numbers', 'f32：实数'), i32: text('i32: whole numbers', 'i32：整数') },
    ),
    classes: optionalInt(
      text('Classes', '类别数'), text('How many different values there are, so that layers and losses behind can be checked.', '不同取值的个数，供其后的层和损失检查。'),
      null, { min: 1, max: 1 << 24, when: (p) => p['dtype'] === 'i32' },
    ),
  },
  infer: (p) => [typeOf(p)],
  // The graph's lowering feeds sources and never calls this; there is nothing to compute.
  lower: (_scope, _p, ins) => ins,
  code: {
    pytorch: (p) => `${pythonName(p.name)} = torch.zeros(${tuple([1, ...p.shape])}${p.dtype === 'i32' ? ', dtype=torch.long' : ''})  # any batch: ${formatShape(typeOf(p).shape)}`,
    keras: (p) => `keras.Input(shape=${tuple(p.shape)}${p.dtype === 'i32' ? ", dtype='int32'" : ''})`,
  },
  examples: [
    { params: {}, inputs: [] },
    { params: { shape: [7], dtype: 'i32', classes: 11 }, inputs: [] },
  ],
});
