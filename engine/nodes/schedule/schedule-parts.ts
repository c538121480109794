/** What every schedule has in common: its port and the unit that it counts in. The formulas are in `engine/train/schedules`. */
import type { ChoiceParam, NumberParam, OptionalNumberParam, Port, TensorType, Text } from '../node-type.ts';

export interface ScheduleParams {
  readonly unit: string;
}

export const SCHEDULE_OUTPUTS: readonly Port[] = [{ name: 'schedule', kind: 'schedule', title: { en: 'schedule', zh: '学习率调度' } }];
/** Nothing but the wire travels: a scalar stands for it in the tables of types. */
export const SCHEDULE_TYPE: TensorType = { shape: [], dtype: 'f32' };

export function unitParam(initial: 'step' | 'epoch'): ChoiceParam & { readonly default: string } {
  return {
    kind: 'choice', default: initial,
    options: [
      { value: 'step', title: { en: 'steps', zh: '步' } },
      { value: 'epoch', title: { en: 'epochs', zh: '轮' } },
    ],
    title: { en: 'counts in', zh: '计数单位' },
    help: { en: 'Whether the schedule moves on after each step or after each epoch.', zh: '每一步之后更新，还是每一轮之后更新。' },
  };
}

export function gammaParam(initial: number): NumberParam & { readonly default: number } {
  return {
    kind: 'float', default: initial, min: 0, max: 1, exclusive: 'min', prominent: true,
    title: { en: 'gamma', zh: 'γ' },
    help: { en: 'Factor by which the learning rate shrinks each time.', zh: '每次缩小学习率的系数。' },
  };
}

export function minimumParam(): NumberParam & { readonly default: number } {
  return {
    kind: 'float', default: 0, min: 0, max: 100,
    title: { en: 'lowest rate', zh: '最低学习率' },
    help: { en: 'The learning rate never goes below this.', zh: '学习率不会低于该值。' },
  };
}

export function lengthParam(help: Text): OptionalNumberParam & { readonly default: number | null } {
  return {
    kind: 'optional-int', default: null, min: 1, max: 1e9,
    title: { en: 'length', zh: '长度' },
    help,
  };
}
/** Keras has no schedules by epoch; the comment says what to convert. */
export const kerasUnit = (unit: string): string => (unit === 'epoch' ? '  # counts in epochs here: multiply lengths by the steps of an epoch' : '');
