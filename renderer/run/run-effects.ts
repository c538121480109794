/** What a run does outside of its panels: the taskbar's progress, a notification at its end, and words for screen readers. */
import i18next from 'i18next';
import { translate } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { formatCount, formatValue } from './format.ts';
import { shareDone } from './run-facts.ts';
import { type RunPhase, type RunRecord, isLive } from './run-store.ts';

/** Whoever waits for less is still looking. */
const NOTIFY_AFTER_MS = 20_000;

/** "42 %" while a run is on, for the window's title; undefined otherwise. */
export function runTitle(record: RunRecord | undefined): string | undefined {
  if (record === undefined || !isLive(record.phase)) return undefined;
  const share = shareDone(record);
  if (record.phase === 'paused') return translate('run:phase.paused');
  return share === undefined ? translate(`run:phase.${record.phase}`) : `${Math.floor(share * 100)} %`;
}

/** Returns how to stop. */
export function watchRuns({ host, runs, ui, settings }: Pick<Workspace, 'host' | 'runs' | 'ui' | 'settings'>): () => void {
  const phases = new Map<string, { readonly phase: RunPhase; readonly epoch: number; readonly liveSince: number | undefined }>();
  let shown: number | undefined;

  function announce(record: RunRecord, before: RunPhase | undefined, epochEnded: boolean): void {
    if (before !== record.phase && !(before === 'evaluating' && record.phase === 'training')) {
      if (record.phase === 'evaluating') return;
      ui.announce(translate('run:announce.phase', { run: nameOf(record), phase: translate(`run:phase.${record.phase}`) }));
    }
    if (epochEnded) ui.announce(translate('run:announce.epoch', { epoch: record.epoch, metrics: metricsText(record) }));
  }

  function ended(record: RunRecord, liveSince: number | undefined): void {
    if (liveSince === undefined || performance.now() - liveSince < NOTIFY_AFTER_MS || !document.hidden || !settings.getState().notifications) return;
    const key = record.phase === 'done' ? 'run:notify.done' : record.phase === 'failed' ? 'run:notify.failed' : 'run:notify.ended';
    host.notify(translate(key, { run: nameOf(record) }), translate('run:notify.body', { steps: formatCount(record.step, i18next.language), metrics: metricsText(record) }));
  }

  function look(): void {
    const { runs: records, current } = runs.getState();
    for (const record of records) {
      const before = phases.get(record.id);
      const live = isLive(record.phase);
      const liveSince = live ? (before?.liveSince ?? performance.now()) : undefined;
      const epochEnded = before !== undefined && record.train !== undefined && seen.get(record.id) !== record.train;
      if (record.train !== undefined) seen.set(record.id, record.train);
      if (before === undefined && !live) {
        // A run of an earlier session: nothing has happened.
      } else if (before?.phase !== record.phase || epochEnded) announce(record, before?.phase, epochEnded);
      if (before !== undefined && isLive(before.phase) && !live && record.phase !== 'interrupted') ended(record, before.liveSince);
      phases.set(record.id, { phase: record.phase, epoch: record.epoch, liveSince });
    }
    const record = records.find(({ id }) => id === current);
    const share = record !== undefined && isLive(record.phase) ? (shareDone(record) ?? 0) : undefined;
    const rounded = share === undefined ? undefined : Math.round(share * 200) / 200;
    if (rounded !== shown) {
      shown = rounded;
      host.setProgress(rounded);
    }
  }
  const seen = new Map<string, RunRecord['train']>();
  const stop = runs.subscribe((state, before) => {
    if (state.runs !== before.runs || state.current !== before.current) look();
  });
  return () => {
    stop();
    if (shown !== undefined) host.setProgress(undefined);
  };
}

const nameOf = (record: RunRecord): string => record.name ?? translate('run:runNumber', { number: record.number });

/** "loss 0.123, accuracy 0.98": of the test set where there is one. */
export function metricsText(record: RunRecord): string {
  const values = record.test ?? record.validation ?? record.train ?? {};
  return Object.entries(values).map(([name, value]) => `${name} ${formatValue(value)}`).join(', ');
}
