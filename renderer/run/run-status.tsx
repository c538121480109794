/** What the current run is doing, what it waits for and since when, how far it is and how long it will take. */
import { useEffect, useState } from 'react';
import { Group, ProgressBar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useText } from '../i18n/i18n.ts';
import { useRuns } from '../workspace/context.tsx';
import { formatBytes, formatCount, formatPercent, formatSeconds, formatValue } from './format.ts';
import { shareDone, timeLeft, totalSteps } from './run-facts.ts';
import type { RunPhase, RunRecord } from './run-store.ts';

/** Phases in which the run waits for something that takes its time. */
export const WAITING: ReadonlySet<RunPhase> = new Set<RunPhase>(['starting', 'loading', 'compiling', 'evaluating', 'saving', 'stopping']);

export type RunTone = 'idle' | 'live' | 'busy' | 'paused' | 'ok' | 'danger';
export function toneOf(phase: RunPhase | undefined): RunTone {
  switch (phase) {
    case undefined: case 'stopped': return 'idle';
    case 'training': return 'live';
    case 'paused': case 'interrupted': return 'paused';
    case 'done': return 'ok';
    case 'failed': return 'danger';
    case 'starting': case 'loading': case 'compiling': case 'evaluating': case 'saving': case 'stopping': return 'busy';
  }
}

export function RunStatus() {
  const record = useRuns((state) => state.runs.find(({ id }) => id === state.current));
  const { t } = useTranslation('run');
  const tone = toneOf(record?.phase);
  if (record === undefined) {
    return (
      <Group className="run-status" aria-label={t('status')}>
        <div className="run-status-phase"><span className="run-status-dot" data-tone="idle" /><span>{t('ready')}</span></div>
        <div className="run-status-line">{t('readyHint')}</div>
      </Group>
    );
  }
  const share = shareDone(record);
  return (
    <Group className="run-status numbers" aria-label={t('status')}>
      <PhaseLine record={record} tone={tone} />
      <DetailLine record={record} />
      <ProgressBar className="run-status-bar" data-tone={tone} aria-label={t('progress')} value={(share ?? 0) * 100}><span style={{ transform: `scaleX(${share ?? 0})` }} /></ProgressBar>
    </Group>
  );
}

function PhaseLine({ record, tone }: { readonly record: RunRecord; readonly tone: RunTone }) {
  const { t, i18n } = useTranslation('run');
  const left = timeLeft(record);
  const phase = usePhaseText(record);
  return (
    <div className="run-status-phase">
      <span className="run-status-dot" data-tone={tone} />
      <span>{phase}</span>
      {WAITING.has(record.phase) ? <Since start={record.phaseSince} />
        : record.phase === 'training' && left !== undefined ? <span className="run-status-time" title={t('timeLeftHint', { epoch: formatSeconds(left.epoch, i18n.language), all: formatSeconds(left.all, i18n.language) })}>{t('timeLeft', { time: formatSeconds(left.all, i18n.language) })}</span> : null}
    </div>
  );
}

function usePhaseText(record: RunRecord): string {
  const { t, i18n } = useTranslation('run');
  const text = useText();
  const { phase, progress, detail } = record;
  if (progress !== undefined && (phase === 'starting' || phase === 'loading')) {
    const amount = progress.total === undefined ? formatBytes(progress.done) : formatPercent(progress.total === 0 ? 0 : progress.done / progress.total, i18n.language);
    return t('loadingWhat', { what: text(progress.what), amount });
  }
  if (phase === 'done' && detail !== undefined) return t('doneEarly');
  return t(`phase.${phase}`);
}

/** Ten times a second, but only while something is waited for: a step that takes long is seen to be alive. */
function Since({ start }: { readonly start: number }) {
  const { i18n } = useTranslation('run');
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return <span className="run-status-time">{formatSeconds(Math.max(0, now - start) / 1000, i18n.language)}</span>;
}

function DetailLine({ record }: { readonly record: RunRecord }) {
  const { t, i18n } = useTranslation('run');
  const text = useText();
  const { language } = i18n;
  const parts: string[] = [];
  if (record.phase === 'failed') parts.push(record.error === undefined ? t('failedHint') : text(record.error.text));
  else {
    const epochs = record.reply?.totalEpochs ?? record.started?.epochs;
    // While it trains, the bar shows how far it is.
    const total = record.phase === 'training' ? undefined : totalSteps(record);
    if (epochs !== undefined && record.step > 0) parts.push(t('epochOf', { epoch: Math.max(1, record.epoch), epochs }));
    if (record.step > 0) parts.push(total === undefined ? t('step', { step: formatCount(record.step, language) }) : t('stepOf', { step: formatCount(record.step, language), total: formatCount(total, language) }));
    if (record.phase === 'training' && record.samplesPerSecond !== undefined) parts.push(t('perSecond', { count: formatCount(record.samplesPerSecond, language) }));
    else if (record.loss !== undefined) parts.push(t('lossIs', { value: formatValue(record.loss) }));
    if (parts.length === 0) parts.push(t(`hint.${record.phase}`));
  }
  const line = parts.join(' · ');
  return <div className="run-status-line" title={line}>{line}</div>;
}
