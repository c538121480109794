/** Learning-rate schedules. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { constantSchedule } from './constant-schedule.ts';
import { cosineSchedule } from './cosine-schedule.ts';
import { exponentialSchedule } from './exponential-schedule.ts';
import { oneCycleSchedule } from './one-cycle-schedule.ts';
import { plateauSchedule } from './plateau-schedule.ts';
import { stepSchedule } from './step-schedule.ts';
import { warmupSchedule } from './warmup-schedule.ts';

export const scheduleNodes: readonly AnyNodeType[] = [constantSchedule, stepSchedule, exponentialSchedule, cosineSchedule, warmupSchedule, oneCycleSchedule, plateauSchedule];
