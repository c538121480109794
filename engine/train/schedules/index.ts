/** The formula of each schedule type, by the name that documents use. */
import type { ParamValue } from '../../graph/document.ts';
import { constantRule } from './constant.ts';
import { cosineRule } from './cosine.ts';
import { exponentialRule } from './exponential.ts';
import { oneCycleRule } from './one-cycle.ts';
import { plateauRule } from './plateau.ts';
import type { ScheduleRule } from './schedule-rule.ts';
import { stepRule } from './step.ts';
import { warmupRule } from './warmup.ts';

type CheckedRule = ScheduleRule<Readonly<Record<string, ParamValue>>>;
const rules: ReadonlyMap<string, ScheduleRule<never>> = new Map<string, ScheduleRule<never>>([
  ['ConstantSchedule', constantRule], ['StepSchedule', stepRule], ['ExponentialSchedule', exponentialRule], ['CosineSchedule', cosineRule],
  ['WarmupSchedule', warmupRule], ['OneCycleSchedule', oneCycleRule], ['PlateauSchedule', plateauRule],
]);

export function scheduleRule(type: string): CheckedRule {
  const rule = rules.get(type);
  if (rule === undefined) throw new Error(`schedule type '${type}' has no formula; known are ${[...rules.keys()].join(', ')}`);
  return rule as unknown as CheckedRule;
}
export const scheduleTypes = (): readonly string[] => [...rules.keys()];
