/** What every optimizer has in common: ports, learning rate, weight decay and gradient clipping. The update rules are in `engine/train/optimizers`. */
import type { BoolParam, NumberParam, OptionalNumberParam, Port, TensorType, Text } from '../node-type.ts';
import { bool, float, int, optionalFloat, text } from '../params.ts';
import { type PythonArgument, call, unless } from '../python.ts';

export interface OptimizerParams {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly decayBiases: boolean;
  readonly clipNorm: number | null;
  readonly clipValue: number | null;
  readonly every: number;
  readonly turn: number;
}

export const OPTIMIZER_INPUTS: readonly Port[] = [
  { name: 'loss', kind: 'loss', multiple: true, title: text('Loss', '损失') },
  { name: 'schedule', kind: 'schedule', optional: true, title: text('Schedule', '学习率调度') },
];

/** One example serves all: a loss comes in, nothing goes out. */
export const OPTIMIZER_EXAMPLE_INPUTS: readonly TensorType[] = [{ shape: [], dtype: 'f32' }];

export function learningRateParam(initial: number): NumberParam {
  return float(
    text('Learning rate', '学习率'), text('Length of a step. Too large and the loss jumps or becomes NaN, too small and nothing moves.', '每一步的步长。太大时损失震荡甚至变成 NaN，太小时几乎不动。'),
    initial, { min: 0, max: 100, logarithmic: true, prominent: true },
  );
}

/** A number in [0, 1): momentum and the decay rates of running averages. */
export function fractionParam(initial: number, title: Text, help: Text): NumberParam {
  return float(title, help, initial, { min: 0, max: 1, exclusive: 'max' });
}

export function epsilonParam(initial: number): NumberParam {
  return float(
    text('Epsilon', 'ε'), text('Keeps the division away from zero.', '避免除以零的小常数。'),
    initial, { min: 0, max: 1, exclusive: 'min', logarithmic: true },
  );
}

export const MOMENTUM_HELP: Text = text('Share of the last step that is kept: 0 for none, 0.9 is common.', '保留上一步更新的比例：0 表示没有动量，常用 0.9。');
export const BETA1: { readonly title: Text; readonly help: Text } = {
  title: text('Beta 1', 'β₁'),
  help: text('Decay rate of the running mean of the gradient.', '梯度滑动平均的衰减率。'),
};
export const BETA2: { readonly title: Text; readonly help: Text } = {
  title: text('Beta 2', 'β₂'),
  help: text('Decay rate of the running mean of the squared gradient.', '梯度平方滑动平均的衰减率。'),
};

const L2_HELP: Text = text('Pulls the weights towards zero: this times the weight is added to its gradient.', '把权重拉向零：将该系数乘以权重加到梯度上。');
const DECOUPLED_HELP: Text = text('Pulls the weights towards zero, apart from the gradient: each step takes this times the learning rate off.', '与梯度无关地把权重拉向零：每一步按该系数乘以学习率缩小权重。');

/** Weight decay and clipping, with the given default of the decay. */
export function commonParams(options: { readonly weightDecay?: number; readonly decoupled?: boolean } = {}): {
  readonly weightDecay: NumberParam;
  readonly decayBiases: BoolParam;
  readonly clipNorm: OptionalNumberParam;
  readonly clipValue: OptionalNumberParam;
  readonly every: NumberParam;
  readonly turn: NumberParam;
} {
  return {
    weightDecay: float(
      text('Weight decay', '权重衰减'), options.decoupled === true ? DECOUPLED_HELP : L2_HELP,
      options.weightDecay ?? 0, { min: 0, max: 10, logarithmic: true },
    ),
    decayBiases: bool(
      text('Decay biases too', '偏置也衰减'), text('Off: biases and the weights of normalization layers are left out of the decay.', '关闭时，偏置和归一化层的权重不参与衰减。'),
      true, { when: (params) => params.weightDecay !== 0 },
    ),
    clipNorm: optionalFloat(
      text('Clip norm', '范数裁剪'), text('Scales all gradients down together when their overall norm is larger than this.', '当全部梯度的总范数超过该值时，将它们一起按比例缩小。'),
      null, { min: 0, max: 1e9, exclusive: 'min' },
    ),
    clipValue: optionalFloat(
      text('Clip value', '数值裁剪'), text('Cuts each element of the gradient to this size. Happens before clipping by norm.', '把梯度的每个元素限制在该大小以内，先于范数裁剪。'),
      null, { min: 0, max: 1e9, exclusive: 'min' },
    ),
    every: int(
      text('Every so many steps', '更新间隔'),
      text('1: updates at every step. 5: at every fifth one, so that another optimizer steps five times as often, as the critic of a WGAN does.', '1 表示每一步都更新；5 表示每五步更新一次，让另一个优化器更新得更频繁，例如 WGAN 的判别器。'),
      1, { min: 1, max: 10_000 },
    ),
    turn: int(
      text('Turn', '次序'),
      text('With several optimizers: who updates first within a step. Smaller comes first, and the next sees the new weights (a GAN: discriminator 1, generator 2); equal numbers update at once, from the same weights.', '有多个优化器时，决定一步之内谁先更新：数字小的先更新，后面的使用更新后的权重（GAN：判别器 1，生成器 2）；数字相同则基于同样的权重同时更新。'),
      1, { min: 1, max: 100 },
    ),
  };
}

/** A torch optimizer's line, with the clipping that PyTorch asks the training loop to do. */
export function pytorchOptimizer(name: string, p: OptimizerParams, keywords: Readonly<Record<string, PythonArgument>>, defaultDecay = 0): string {
  const line = call(`torch.optim.${name}`, ['model.parameters()'], { lr: p.learningRate, ...keywords, weight_decay: unless(p.weightDecay, defaultDecay) });
  const notes: string[] = [];
  if (p.weightDecay !== 0 && !p.decayBiases) notes.push('biases and norm weights go in a group with weight_decay=0');
  if (p.clipValue !== null) notes.push(`before step(): nn.utils.clip_grad_value_(model.parameters(), ${p.clipValue})`);
  if (p.clipNorm !== null) notes.push(`before step(): nn.utils.clip_grad_norm_(model.parameters(), ${p.clipNorm})`);
  return notes.length === 0 ? line : `${line}  # ${notes.join('; ')}`;
}
export function kerasOptimizer(name: string, p: OptimizerParams, keywords: Readonly<Record<string, PythonArgument>>): string {
  return call(`keras.optimizers.${name}`, [], {
    learning_rate: p.learningRate, ...keywords, weight_decay: unless(p.weightDecay, 0),
    global_clipnorm: p.clipNorm ?? undefined, clipvalue: p.clipValue ?? undefined,
  });
}
