/** What a run's record becomes by an event: the state machine of a run, without clocks, stores or an engine. */
import type { Text } from '../../engine/nodes/node-type.ts';
import type { RunEvent } from '../../engine/protocol.ts';
import type { RunPhase, RunRecord } from './run-store.ts';

/** More would not be read; the log has them all. */
const MOST_WARNINGS = 50;

/** The record in another phase; the clock of a phase starts when it, or what it waits for, changes. */
export function inPhase(record: RunRecord, phase: RunPhase, now: number, detail?: Text): RunRecord {
  if (record.phase === phase && record.detail?.en === detail?.en) return record;
  return { ...record, phase, detail, phaseSince: now, progress: undefined };
}

export function afterEvent(record: RunRecord, event: RunEvent, now: number): RunRecord {
  switch (event.kind) {
    case 'phase': {
      const ends = event.phase === 'stopped' || event.phase === 'done';
      // A run that was told to stop may still be heard of until it has.
      if (record.phase === 'stopping' && !ends) return record;
      return inPhase(record, event.phase, now, event.detail);
    }
    case 'start': return { ...record, started: event };
    case 'step': {
      const next = { ...record, step: event.step, epoch: event.epoch, loss: event.loss, learningRate: event.learningRate, learningRates: event.optimizers === undefined ? undefined : Object.fromEntries(Object.entries(event.optimizers).map(([id, { learningRate }]) => [id, learningRate])) };
      // Of a stopped, evaluating or paused run the last steps are told late: they change no phase.
      return record.phase === 'starting' || record.phase === 'loading' || record.phase === 'compiling' ? inPhase(next, 'training', now) : next;
    }
    case 'epoch': return { ...record, step: event.step, epoch: event.epoch, train: event.train, validation: event.validation, test: event.test, samplesPerSecond: event.samplesPerSecond > 0 ? event.samplesPerSecond : record.samplesPerSecond };
    case 'warning': return { ...record, warnings: [...record.warnings, event.text].slice(-MOST_WARNINGS) };
    case 'error': return { ...inPhase(record, 'failed', now), error: { text: event.text, advice: event.adviceText, node: event.node } };
    case 'checkpoint':
    case 'tensor':
      return record;
  }
}
