/** Schedules against PyTorch's numbers (test/golden/schedules.json), and those that it has no golden for against hand computation. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nodeTypesOf } from '../../engine/nodes/registry.ts';
import { defaultParams } from '../../engine/nodes/params.ts';
import { scheduleRule, scheduleTypes } from '../../engine/train/schedules/index.ts';
import { FRESH_SCHEDULE, type ScheduleState } from '../../engine/train/schedules/schedule-rule.ts';
import type { ParamValue } from '../../engine/graph/document.ts';

interface GoldenSchedule {
  readonly name: string;
  readonly base_lr: number;
  readonly args: Readonly<Record<string, number>>;
  readonly lr: readonly number[];
}
const { cases } = JSON.parse(readFileSync(new URL('../golden/schedules.json', import.meta.url), 'utf8')) as { readonly cases: readonly GoldenSchedule[] };

const paramsOf = (type: string, given: Readonly<Record<string, ParamValue>>): Readonly<Record<string, ParamValue>> => {
  const definition = nodeTypesOf('schedule').find((candidate) => candidate.type === type);
  if (definition === undefined) throw new Error(`there is no schedule ${type}`);
  return { ...defaultParams(definition), ...given };
};
const TYPES: Readonly<Record<string, (args: Readonly<Record<string, number>>) => [string, Record<string, ParamValue>]>> = {
  'step': (a) => ['StepSchedule', { stepSize: a['step_size'] ?? 0, gamma: a['gamma'] ?? 0 }],
  'exponential': (a) => ['ExponentialSchedule', { gamma: a['gamma'] ?? 0 }],
  'cosine': (a) => ['CosineSchedule', { length: a['t_max'] ?? 0, minimum: a['eta_min'] ?? 0 }],
  'linear-warmup': (a) => ['WarmupSchedule', { startFactor: a['start_factor'] ?? 0, length: a['total_iters'] ?? 0 }],
  'one-cycle': (a) => ['OneCycleSchedule', { length: a['total_steps'] ?? 0 }],
};

describe('schedules', () => {
  test.each(cases)('$name is as PyTorch has it', ({ name, base_lr: base, args, lr }) => {
    const [type, given] = TYPES[name]?.(args) ?? [name, {}];
    const params = paramsOf(type, given);
    const rule = scheduleRule(type);
    lr.forEach((wanted, index) => {
      expect(rule.learningRate(params, { base, index, total: lr.length, state: FRESH_SCHEDULE })).toBeCloseTo(wanted, 10);
    });
  });

  test('every schedule node has a formula and starts at a finite rate', () => {
    expect(nodeTypesOf('schedule').map((type) => type.type).sort()).toEqual([...scheduleTypes()].sort());
    for (const type of scheduleTypes()) {
      for (let index = 0; index < 5; index++) {
        const rate = scheduleRule(type).learningRate(paramsOf(type, {}), { base: 0.1, index, total: 5, state: FRESH_SCHEDULE });
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(0.1 + 1e-12);
      }
    }
  });

  test('the length of cosine and one-cycle is the whole run when left empty', () => {
    const cosine = scheduleRule('CosineSchedule');
    expect(cosine.learningRate(paramsOf('CosineSchedule', {}), { base: 0.1, index: 20, total: 20, state: FRESH_SCHEDULE })).toBeCloseTo(0, 12);
    const cycle = scheduleRule('OneCycleSchedule');
    expect(cycle.learningRate(paramsOf('OneCycleSchedule', {}), { base: 0.1, index: 19, total: 20, state: FRESH_SCHEDULE })).toBeCloseTo(0.1 / 25 / 1e4, 12);
  });

  test('reduce on plateau counts as PyTorch does: patience, threshold, cooldown, minimum', () => {
    const rule = scheduleRule('PlateauSchedule');
    const params = paramsOf('PlateauSchedule', { factor: 0.5, patience: 1, threshold: 0.1, cooldown: 1, minimum: 0.02 });
    let state: ScheduleState = FRESH_SCHEDULE;
    const rates = [1, 0.95, 0.94, 0.93, 0.93, 0.93, 0.5, 0.5, 0.5, 0.5, 0.5].map((loss) => {
      state = rule.afterEpoch?.(params, state, loss, 0.1) ?? state;
      return rule.learningRate(params, { base: 0.1, index: 0, total: 1, state });
    });
    // 0.95 and 0.94 are not 10 % better than 1: bad twice, so halved; the next epoch rests; then twice bad again.
    const expected = [0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.02, 0.02, 0.02];
    rates.forEach((rate, i) => expect(rate).toBeCloseTo(expected[i] ?? 0, 12));
  });
});
