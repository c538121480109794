/** One rise and one fall of the learning rate over the whole run. */
import { defineNode } from '../node-type.ts';
import { lengthParam, SCHEDULE_OUTPUTS, SCHEDULE_TYPE, type ScheduleParams, unitParam } from './schedule-parts.ts';

export interface OneCycleScheduleParams extends ScheduleParams {
  readonly length: number | null;
  readonly rise: number;
  readonly divFactor: number;
  readonly finalDivFactor: number;
  readonly shape: string;
}

export const oneCycleSchedule = defineNode<OneCycleScheduleParams>({
  type: 'OneCycleSchedule',
  category: 'schedule',
  title: { en: 'One cycle', zh: '单周期' },
  summary: {
    en: 'Raises the learning rate to the optimizer’s value, then lowers it far below the start. Lets short runs use large rates.',
    zh: '先把学习率升到优化器设定的值，再降到远低于起点。让较短的训练也能用大学习率。',
  },
  synonyms: ['OneCycleLR', '1cycle', 'super-convergence'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: {
    length: lengthParam({ en: 'Epochs or steps of the whole cycle; the whole run when empty.', zh: '整个周期的轮数或步数，留空表示整个训练。' }),
    rise: {
      kind: 'float', default: 0.3, min: 0, max: 1, exclusive: 'both',
      title: { en: 'rise', zh: '上升占比' },
      help: { en: 'Share of the cycle in which the rate goes up.', zh: '学习率上升阶段占整个周期的比例。' },
    },
    divFactor: {
      kind: 'float', default: 25, min: 1, max: 1e9,
      title: { en: 'start divisor', zh: '起始除数' },
      help: { en: 'The cycle starts at the learning rate divided by this.', zh: '起始学习率为设定值除以该数。' },
    },
    finalDivFactor: {
      kind: 'float', default: 10000, min: 1, max: 1e12,
      title: { en: 'end divisor', zh: '结束除数' },
      help: { en: 'It ends at the start’s rate divided by this.', zh: '结束学习率为起始学习率除以该数。' },
    },
    shape: {
      kind: 'choice', default: 'cosine',
      options: [
        { value: 'cosine', title: { en: 'cosine', zh: '余弦' } },
        { value: 'linear', title: { en: 'linear', zh: '线性' } },
      ],
      title: { en: 'shape', zh: '形状' },
      help: { en: 'How it goes up and down.', zh: '上升和下降的曲线形状。' },
    },
    unit: unitParam('step'),
  },
  maths: { forward: '\\eta_t:\\ \\frac{\\eta}{d}\\ \\nearrow\\ \\eta\\ \\text{ for } t \\le rT - 1,\\qquad \\eta\\ \\searrow\\ \\frac{\\eta}{d\\,d_{\\text{end}}}\\ \\text{ until } T - 1' },
  source: 'Smith & Topin, “Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates”, 2018',
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: ({ length, rise, divFactor, finalDivFactor, shape }) => `torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=learning_rate, total_steps=${length ?? 'total_steps'}, pct_start=${rise}, div_factor=${divFactor}, final_div_factor=${finalDivFactor}, anneal_strategy='${shape === 'cosine' ? 'cos' : 'linear'}', cycle_momentum=False)`,
    keras: ({ length, rise }) => `keras.optimizers.schedules.CosineDecay(learning_rate / 25, decay_steps=int(${1 - rise} * ${length ?? 'total_steps'}), warmup_target=learning_rate, warmup_steps=int(${rise} * ${length ?? 'total_steps'}))  # closest built-in`,
  },
  examples: [{ params: {}, inputs: [] }],
});
