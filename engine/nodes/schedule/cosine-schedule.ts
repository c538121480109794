/** The learning rate follows half a cosine from its start down to a minimum. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { kerasUnit, lengthParam, minimumParam, SCHEDULE_OUTPUTS, SCHEDULE_TYPE, type ScheduleParams, unitParam } from './schedule-parts.ts';

export interface CosineScheduleParams extends ScheduleParams {
  readonly length: number | null;
  readonly minimum: number;
}

export const cosineSchedule = defineNode<CosineScheduleParams>({
  type: 'CosineSchedule',
  category: 'schedule',
  title: text('Cosine', '余弦退火'),
  summary: text(
    'Lowers the learning rate along half a cosine: gently at first, fastest in the middle, gently at the end.',
    '学习率沿半个余弦下降：开头和结尾平缓，中间最快。',
  ),
  synonyms: ['CosineAnnealingLR', 'cosine decay', 'annealing'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: {
    length: lengthParam(text('Epochs or steps from the top to the bottom; the whole run when empty. Beyond it the rate rises again, as in PyTorch.', '从最高到最低所需的轮数或步数，留空表示整个训练。超过后学习率会再次上升，与 PyTorch 相同。')),
    minimum: minimumParam(),
    unit: unitParam('step'),
  },
  maths: { forward: '\\eta_t = \\eta_{\\min} + \\tfrac12(\\eta - \\eta_{\\min})\\bigl(1 + \\cos(\\pi t / T)\\bigr)' },
  source: 'Loshchilov & Hutter, “SGDR: Stochastic Gradient Descent with Warm Restarts”, 2017 (here without restarts)',
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: ({ length, minimum }) => `torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=${length ?? 'total_steps'}, eta_min=${minimum})`,
    keras: ({ length, minimum, unit }) => `keras.optimizers.schedules.CosineDecay(learning_rate, decay_steps=${length ?? 'total_steps'}, alpha=${minimum} / learning_rate)${kerasUnit(unit)}`,
  },
  examples: [{ params: {}, inputs: [] }],
});
