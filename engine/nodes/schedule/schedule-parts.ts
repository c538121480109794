/** What every schedule has in common: its port and the unit that it counts in. The formulas are in `engine/train/schedules`. */
import type { ChoiceParam, NumberParam, OptionalNumberParam, Port, TensorType, Text } from '../node-type.ts';
import { choice, float, optionalInt, text } from '../params.ts';

export interface ScheduleParams {
  readonly unit: string;
}

export const SCHEDULE_OUTPUTS: readonly Port[] = [{ name: 'schedule', kind: 'schedule', title: text('Schedule', '学习率调度') }];
/** Nothing but the wire travels: a scalar stands for it in the tables of types. */
export const SCHEDULE_TYPE: TensorType = { shape: [], dtype: 'f32' };

export function unitParam(initial: 'step' | 'epoch'): ChoiceParam {
  return choice(
    text('Counts in', '计数单位'), text('Whether the schedule moves on after each step or after each epoch.', '每一步之后更新，还是每一轮之后更新。'),
    initial, { step: text('Steps', '步'), epoch: text('Epochs', '轮') },
  );
}

export function gammaParam(initial: number): NumberParam {
  return float(
    text('Gamma', 'γ'), text('Factor by which the learning rate shrinks each time.', '每次缩小学习率的系数。'),
    initial, { min: 0, max: 1, exclusive: 'min', prominent: true },
  );
}

export function minimumParam(): NumberParam {
  return float(text('Lowest rate', '最低学习率'), text('The learning rate never goes below this.', '学习率不会低于该值。'), 0, { min: 0, max: 100 });
}

export function lengthParam(help: Text): OptionalNumberParam {
  return optionalInt(text('Length', '长度'), help, null, { min: 1, max: 1e9 });
}
/** Keras has no schedules by epoch; the comment says what to convert. */
export const kerasUnit = (unit: string): string => (unit === 'epoch' ? '  # counts in epochs here: multiply lengths by the steps of an epoch' : '');
