/** The learning rate falls whenever the loss has stopped falling. */
import { defineNode } from '../node-type.ts';
import { float, int, text } from '../params.ts';
import { minimumParam, SCHEDULE_OUTPUTS, SCHEDULE_TYPE } from './schedule-parts.ts';

export interface PlateauScheduleParams {
  readonly factor: number;
  readonly patience: number;
  readonly threshold: number;
  readonly cooldown: number;
  readonly minimum: number;
}

export const plateauSchedule = defineNode<PlateauScheduleParams>({
  type: 'PlateauSchedule',
  category: 'schedule',
  title: text('Reduce on plateau', '平台期衰减'),
  summary: text(
    'Lowers the learning rate when an epoch’s loss has not improved for a while: the validation loss where there is one, else the training loss.',
    '当每轮损失一段时间没有改善时降低学习率：有验证集时看验证损失，否则看训练损失。',
  ),
  synonyms: ['ReduceLROnPlateau', 'adaptive schedule'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: {
    factor: float(
      text('Factor', '系数'), text('Multiplies the learning rate at each reduction.', '每次下降时与学习率相乘的系数。'),
      0.1, { min: 0, max: 1, exclusive: 'both', prominent: true },
    ),
    patience: int(
      text('Patience', '耐心'), text('Epochs without improvement that are let pass first.', '允许没有改善的轮数。'),
      10, { min: 0, max: 1e6, prominent: true, unit: text('epochs', '轮') },
    ),
    threshold: float(
      text('Threshold', '阈值'), text('Share of the best loss by which an epoch must be better to count as an improvement.', '损失至少要比最好值低这一比例才算改善。'),
      0.0001, { min: 0, max: 1, exclusive: 'max' },
    ),
    cooldown: int(
      text('Cooldown', '冷却'), text('Epochs after a reduction that are not counted.', '每次下降之后不计数的轮数。'),
      0, { min: 0, max: 1e6, unit: text('epochs', '轮') },
    ),
    minimum: minimumParam(),
  },
  maths: { forward: '\\eta \\leftarrow \\max(\\gamma\\,\\eta,\\ \\eta_{\\min})\\quad\\text{after more than } p \\text{ epochs without } \\ell < (1-\\tau)\\,\\ell_{\\text{best}}' },
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: (p) => `torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=${p.factor}, patience=${p.patience}, threshold=${p.threshold}, cooldown=${p.cooldown}, min_lr=${p.minimum})`,
    keras: (p) => `keras.callbacks.ReduceLROnPlateau(factor=${p.factor}, patience=${p.patience}, min_delta=${p.threshold}, cooldown=${p.cooldown}, min_lr=${p.minimum})`,
  },
  examples: [{ params: {}, inputs: [] }],
});
