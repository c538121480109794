/** Arrays: the user's own numbers from a `.npz`, `.npy` or safetensors file, by port name. */
import { defineNode, ShapeError, type TensorType } from '../node-type.ts';
import { choice, int, ints, text, textParam } from '../params.ts';
import { fedByTheEngine, XY } from './shared.ts';

export type ByteScaling = 'unit' | 'none';
export type ArrayTargets = 'classes' | 'values';

export interface ArraysParams {
  readonly path: string;
  readonly xShape: readonly number[];
  readonly scaling: ByteScaling;
  readonly targets: ArrayTargets;
  readonly classes: number;
  readonly yShape: readonly number[];
}

/** The largest tensor of one sample that makes sense to feed: 2²⁸ elements are a gigabyte. */
const MAX_ELEMENTS = 2 ** 28;

export const arraysNode = defineNode<ArraysParams>({
  type: 'Arrays',
  category: 'data',
  title: text('Arrays', '数组文件'),
  summary: text(
    'Your own numbers from a .npz, .npy or safetensors file: the arrays x and y, and x_test and y_test for a test set. The shapes are declared here, so that the graph can be checked before the file is read.',
    '来自 .npz、.npy 或 safetensors 文件的自备数据：数组 x 与 y，以及作为测试集的 x_test 与 y_test。形状在此声明，以便在读取文件之前检查计算图。',
  ),
  synonyms: ['numpy', 'npz', 'npy', 'safetensors', 'file', 'own data', 'custom', '自定义数据'],
  inputs: [],
  outputs: XY,
  params: {
    path: textParam(text('File', '文件'), text('A .npz, .npy or .safetensors file, or a folder with x.npy and y.npy. Empty: the file that --data names.', '.npz、.npy 或 .safetensors 文件，或含有 x.npy 与 y.npy 的文件夹。留空：由 --data 指定。'), '', 4096, { prominent: true }),
    xShape: ints(text('Shape of a sample', '样本形状'), text('One sample of x without the sample axis: [2] for points, [1, 28, 28] for grey images.', '单个样本 x 的形状，不含样本轴：点为 [2]，灰度图像为 [1, 28, 28]。'), [2], { min: 1, max: 1_000_000, minLength: 0, maxLength: 6, prominent: true }),
    scaling: choice<ByteScaling>(
      text('Byte values', '字节取值'),
      text('What becomes of a uint8 array x: 0 … 255 divided by 255, as images want it, or the numbers as they are. Other number types are never scaled.', 'uint8 数组 x 的处理：除以 255（适合图像），或保持原值。其他数值类型不缩放。'),
      'unit',
      { unit: text('Divided by 255', '除以 255'), none: text('As they are', '保持原值') },
    ),
    targets: choice<ArrayTargets>(
      text('Targets', '目标形式'),
      text('Class indices for a cross-entropy, or numbers for a regression.', '用于交叉熵的类别序号，或用于回归的数值。'),
      'classes',
      { classes: text('Class index', '类别序号'), values: text('Numbers', '数值') },
    ),
    classes: int(text('Classes', '类别数'), text('Indices run from 0 to one less than this.', '序号从 0 到类别数减 1。'), 2, { min: 2, max: 1_000_000, when: (params) => params['targets'] === 'classes' }),
    yShape: ints(text('Shape of a target', '目标形状'), text('One target without the sample axis: [1] for one number, [] for a plain list of numbers.', '单个目标的形状，不含样本轴：一个数为 [1]，纯数列为 []。'), [1], { min: 1, max: 1_000_000, minLength: 0, maxLength: 6, when: (params) => params['targets'] === 'values' }),
  },
  source: 'NumPy Enhancement Proposal 1, A Simple File Format for NumPy Arrays, 2007; Hugging Face, Safetensors, 2022',
  infer(params): readonly TensorType[] {
    for (const [port, shape] of [['x', params.xShape], ['y', params.yShape]] as const) {
      const elements = shape.reduce((product, n) => product * n, 1);
      if (elements > MAX_ELEMENTS) throw new ShapeError({ en: `one sample of ${port} would have ${elements} numbers, shape [${shape.join(', ')}]; at most ${MAX_ELEMENTS} are possible`, zh: ` ${port} 中一个样本会有 ${elements} 个数，形状为 [${shape.join(', ')}]；最多只能有 ${MAX_ELEMENTS} 个` }, { code: 'sample-too-large' });
    }
    return [
      { shape: ['N', ...params.xShape], dtype: 'f32' },
      params.targets === 'classes' ? { shape: ['N'], dtype: 'i32', classes: params.classes } : { shape: ['N', ...params.yShape], dtype: 'f32' },
    ];
  },
  lower: fedByTheEngine,
  data: { dataset: 'arrays' },
  code: {
    pytorch: (params) => `data = numpy.load(${JSON.stringify(params.path || 'data.npz')}); x, y = torch.from_numpy(data['x']), torch.from_numpy(data['y'])`,
    keras: (params) => `data = numpy.load(${JSON.stringify(params.path || 'data.npz')}); x, y = data['x'], data['y']`,
  },
  examples: [
    { params: { xShape: [4], classes: 3 }, inputs: [] },
    { params: { xShape: [1, 8, 8], targets: 'values', yShape: [2] }, inputs: [] },
  ],
});
