/** One rise and one fall of the learning rate over the whole run. */
import { defineNode } from '../node-type.ts';
import { choice, float, text } from '../params.ts';
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
  title: text('One cycle', '单周期'),
  summary: text(
    'Raises the learning rate to the optimizer’s value, then lowers it far below the start. Lets short runs use large rates.',
    '先把学习率升到优化器设定的值，再降到远低于起点。让较短的训练也能用大学习率。',
  ),
  synonyms: ['OneCycleLR', '1cycle', 'super-convergence'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: {
    length: lengthParam(text('Epochs or steps of the whole cycle; the whole run when empty.', '整个周期的轮数或步数，留空表示整个训练。')),
    rise: float(
      text('Rise', '上升占比'), text('Share of the cycle in which the rate goes up.', '学习率上升阶段占整个周期的比例。'),
      0.3, { min: 0, max: 1, exclusive: 'both' },
    ),
    divFactor: float(text('Start divisor', '起始除数'), text('The cycle starts at the learning rate divided by this.', '起始学习率为设定值除以该数。'), 25, { min: 1, max: 1e9 }),
    finalDivFactor: float(text('End divisor', '结束除数'), text('It ends at the start’s rate divided by this.', '结束学习率为起始学习率除以该数。'), 10000, { min: 1, max: 1e12 }),
    shape: choice(
      text('Shape', '形状'), text('How it goes up and down.', '上升和下降的曲线形状。'),
      'cosine', { cosine: text('Cosine', '余弦'), linear: text('Linear', '线性') },
    ),
    unit: unitParam('step'),
  },
  maths: { forward: '\\eta_t:\\ \\frac{\\eta}{d}\\ \\nearrow\\ \\eta\\ \\text{ for } t \\le rT - 1,\\qquad \\eta\\ \\searrow\\ \\frac{\\eta}{d\\,d_{\\text{end}}}\\ \\text{ until } T - 1' },
  source: 'Smith & Topin, “Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates”, 2018',
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: ({ length, rise, divFactor, finalDivFactor, shape }) => `torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=learning_rate, total_steps=${length ?? 'total_steps'}, pct_start=${rise}, div_factor=${divFactor}, final_div_factor=${finalDivFactor}, anneal_strategy='${shape === 'cosine' ? 'cos' : 'linear'}', cycle_momentum=False)`,
    keras: ({ length, rise, divFactor }) => `keras.optimizers.schedules.CosineDecay(learning_rate / ${divFactor}, decay_steps=int((1 - ${rise}) * ${length ?? 'total_steps'}), warmup_target=learning_rate, warmup_steps=int(${rise} * ${length ?? 'total_steps'}))  # closest built-in`,
  },
  examples: [{ params: {}, inputs: [] }],
});
