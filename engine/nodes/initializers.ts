/**
 * How a layer's weights start: the parameters that every layer with weights offers, and the
 * `InitSpec` that they mean. The default is PyTorch's, so that a graph and its PyTorch twin start alike.
 */
import type { InitSpec, ParamSpecs } from './node-type.ts';
import { bool, choice, float, text } from './params.ts';

export type Initializer =
  | 'pytorch' | 'zeros' | 'ones' | 'normal' | 'uniform' | 'truncated-normal'
  | 'glorot-uniform' | 'glorot-normal' | 'he-uniform' | 'he-normal' | 'lecun-uniform' | 'lecun-normal' | 'orthogonal';

export interface InitParams {
  readonly init: Initializer;
  readonly initScale: number;
  readonly initGain: number;
}
export interface BiasParams {
  readonly bias: boolean;
  readonly biasInit: 'pytorch' | 'zeros' | 'ones';
}
/** Inputs that each output sums over, and outputs that each input feeds (Glorot & Bengio 2010). */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

const needsScale = (init: unknown): boolean => init === 'normal' || init === 'uniform' || init === 'truncated-normal';

export const initParams: ParamSpecs<InitParams> = {
  init: choice(
    text('Initial weights', '权重初始化'),
    text(
      'How the weights are drawn before training. Glorot suits tanh and sigmoid, He suits ReLU, LeCun suits SELU; the default is PyTorch\'s, uniform within ±1/√fan-in.',
      '训练前如何抽取权重。Glorot 适合 tanh 和 sigmoid，He 适合 ReLU，LeCun 适合 SELU；默认与 PyTorch 相同，在 ±1/√fan-in 内均匀分布。',
    ),
    'pytorch',
    {
      'pytorch': text('PyTorch default', 'PyTorch 默认'),
      'glorot-uniform': text('Glorot uniform (Glorot & Bengio 2010)', 'Glorot 均匀分布（Glorot & Bengio 2010）'),
      'glorot-normal': text('Glorot normal (Glorot & Bengio 2010)', 'Glorot 正态分布（Glorot & Bengio 2010）'),
      'he-uniform': text('He uniform (He et al. 2015)', 'He 均匀分布（He 等 2015）'),
      'he-normal': text('He normal (He et al. 2015)', 'He 正态分布（He 等 2015）'),
      'lecun-uniform': text('LeCun uniform (LeCun et al. 1998)', 'LeCun 均匀分布（LeCun 等 1998）'),
      'lecun-normal': text('LeCun normal (LeCun et al. 1998)', 'LeCun 正态分布（LeCun 等 1998）'),
      'orthogonal': text('Orthogonal (Saxe et al. 2014)', '正交（Saxe 等 2014）'),
      'normal': text('Normal', '正态分布'),
      'truncated-normal': text('Truncated normal', '截断正态分布'),
      'uniform': text('Uniform', '均匀分布'),
      'zeros': text('Zeros', '全零'),
      'ones': text('Ones', '全一'),
    },
  ),
  initScale: float(
    text('Initial scale', '初始尺度'),
    text('Standard deviation of the (truncated) normal distribution, or half the width of the uniform one.', '（截断）正态分布的标准差，或均匀分布宽度的一半。'),
    0.05,
    { min: 0, max: 100, exclusive: 'min', logarithmic: true, when: (p) => needsScale(p['init']) },
  ),
  initGain: float(
    text('Gain', '增益'),
    text('Factor on the orthogonal matrix: 1 for linear layers, √2 before ReLU.', '正交矩阵的系数：线性层取 1，其后接 ReLU 时取 √2。'),
    1,
    { min: 0, max: 100, exclusive: 'min', when: (p) => p['init'] === 'orthogonal' },
  ),
};

export const biasParams: ParamSpecs<BiasParams> = {
  bias: bool(
    text('Bias', '偏置'),
    text('Add a trained number to each output. Superfluous right before a batch norm, which has its own.', '给每个输出加上一个可训练的数。紧接批归一化时可省去，因为它自带偏置。'),
    true,
  ),
  biasInit: choice(
    text('Initial bias', '偏置初始化'),
    text('PyTorch draws biases like its weights, uniform within ±1/√fan-in; Keras starts them at zero.', 'PyTorch 与权重一样在 ±1/√fan-in 内均匀抽取偏置；Keras 从零开始。'),
    'pytorch',
    { pytorch: text('PyTorch default', 'PyTorch 默认'), zeros: text('Zeros', '全零'), ones: text('Ones', '全一') },
    { when: (p) => p['bias'] === true },
  ),
};

/** Uniform within ±1/√fanIn: what `nn.Linear` and the convolutions of PyTorch do (its Kaiming bound with a = √5). */
function pytorchUniform(fanIn: number): InitSpec {
  const bound = 1 / Math.sqrt(fanIn);
  return { kind: 'uniform', low: -bound, high: bound };
}

export function weightInit(p: InitParams, { fanIn, fanOut }: Fans): InitSpec {
  switch (p.init) {
    case 'pytorch':
      return pytorchUniform(fanIn);
    case 'zeros':
    case 'ones':
      return { kind: p.init };
    case 'normal':
    case 'truncated-normal':
      return { kind: p.init, mean: 0, std: p.initScale };
    case 'uniform':
      return { kind: 'uniform', low: -p.initScale, high: p.initScale };
    case 'orthogonal':
      return { kind: 'orthogonal', gain: p.initGain };
    default:
      return { kind: p.init, fanIn, fanOut };
  }
}

export function biasInit(p: BiasParams, fanIn: number): InitSpec {
  return p.biasInit === 'pytorch' ? pytorchUniform(fanIn) : { kind: p.biasInit };
}

/** The same start as a Keras initializer; undefined where Keras's own default (Glorot uniform) is meant. */
export function kerasInit(p: InitParams): string | undefined {
  const of = (name: string): string => `keras.initializers.${name}`;
  switch (p.init) {
    case 'pytorch':
      return of("VarianceScaling(1 / 3, 'fan_in', 'uniform')");
    case 'glorot-uniform':
      return undefined;
    case 'glorot-normal':
      // Keras's GlorotNormal, HeNormal and LecunNormal truncate; ours, as PyTorch's, do not.
      return of("VarianceScaling(1, 'fan_avg', 'untruncated_normal')");
    case 'he-uniform':
      return "'he_uniform'";
    case 'he-normal':
      return of("VarianceScaling(2, 'fan_in', 'untruncated_normal')");
    case 'lecun-uniform':
      return "'lecun_uniform'";
    case 'lecun-normal':
      return of("VarianceScaling(1, 'fan_in', 'untruncated_normal')");
    case 'orthogonal':
      return of(`Orthogonal(gain=${p.initGain})`);
    case 'normal':
      return of(`RandomNormal(stddev=${p.initScale})`);
    case 'truncated-normal':
      return of(`TruncatedNormal(stddev=${p.initScale})`);
    case 'uniform':
      return of(`RandomUniform(-${p.initScale}, ${p.initScale})`);
    case 'zeros':
    case 'ones':
      return `'${p.init}'`;
    default: {
      const unknown: never = p.init;
      throw new Error(`initializer '${String(unknown)}' is not known`);
    }
  }
}
