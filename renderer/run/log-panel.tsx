/** What the engine said, line by line; only the lines that can be seen are in the page. */
import { Copy, Trash2 } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useText } from '../i18n/i18n.ts';
import { IconButton } from '../ui/buttons.tsx';
import { SearchField, Select } from '../ui/fields.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { formatCount, formatRate, formatSeconds, formatValue } from './format.ts';
import { deviceName } from './device-name.ts';
import type { LogLevel, LogLine } from './run-log.ts';
import { useBeat } from './use-beat.ts';
import './run-bar.css';

const LINE_HEIGHT = 22;
/** Lines beyond the edges, so that scrolling shows no gaps. */
const MORE_LINES = 10;
/** The log grows with the store's changes, whichever they are. */
const always = (): boolean => true;
const LEVELS = ['detail', 'info', 'warning', 'error'] as const satisfies readonly LogLevel[];

export function LogPanel() {
  const { runs, ui } = useWorkspace();
  const { t, i18n } = useTranslation('run');
  const lineText = useLineText();
  const [words, setWords] = useState('');
  const [level, setLevel] = useState<LogLevel>('info');
  const beat = useBeat(always);

  const { lines } = runs.log;
  const shown = useMemo(() => {
    const least = LEVELS.indexOf(level);
    const wanted = words.trim().toLowerCase();
    return lines.filter((line) => LEVELS.indexOf(line.level) >= least && (wanted === '' || lineText(line).toLowerCase().includes(wanted)));
    // A new language is a new lineText.
  }, [lines, level, words, lineText]);
  const time = (at: number): string => new Date(at).toLocaleTimeString(i18n.language, { hour12: false });
  const nameOf = (line: LogLine): string => {
    const record = line.run === undefined ? undefined : runs.find(line.run);
    return record === undefined ? '' : (record.name ?? t('runNumber', { number: record.number }));
  };
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(shown.map((line) => [new Date(line.at).toISOString(), line.level, nameOf(line), lineText(line)].join('\t')).join('\n'));
    ui.toast({ tone: 'ok', message: t('log.copied', { count: shown.length }) });
  }

  if (lines.length === 0) return <EmptyState title={t('log.empty')}><p>{t('log.emptyHint')}</p></EmptyState>;
  return (
    <div className="log">
      <div className="log-head">
        <SearchField label={t('log.filter')} hideLabel placeholder={t('log.filter')} value={words} onChange={setWords} />
        <Select className="log-level" label={t('log.least')} hideLabel value={level} options={LEVELS.map((value) => ({ value, title: t(`log.from.${value}`) }))} onChange={setLevel} />
        <span className="log-count numbers">{t('log.count', { count: shown.length })}</span>
        <IconButton icon={Copy} label={t('log.copy')} isDisabled={shown.length === 0} onPress={() => void copy()} />
        <IconButton icon={Trash2} label={t('log.clear')} onPress={() => {
          runs.log.clear();
          beat();
        }} />
      </div>
      <Lines lines={shown} render={(line) => (
        <><span>{time(line.at)}</span><span>{t(`log.level.${line.level}`)}</span><span>{nameOf(line)}</span><span title={lineText(line)}>{lineText(line)}</span></>
      )} label={t('log.title')} />
    </div>
  );
}

/** Stays at the end while it is there, as a terminal does. */
function Lines({ lines, render, label }: { readonly lines: readonly LogLine[]; readonly render: (line: LogLine) => React.ReactNode; readonly label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [view, setView] = useState({ top: 0, height: 400 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = (): void => {
      atEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - LINE_HEIGHT;
      setView({ top: element.scrollTop, height: element.clientHeight });
    };
    element.tabIndex = 0;
    element.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    if (atEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  const first = Math.max(0, Math.floor(view.top / LINE_HEIGHT) - MORE_LINES);
  const seen = lines.slice(first, Math.ceil((view.top + view.height) / LINE_HEIGHT) + MORE_LINES);
  return (
    <div className="log-lines" ref={box} role="log" aria-label={label} aria-live="off">
      <div className="log-space" style={{ height: lines.length * LINE_HEIGHT }}>
        {seen.map((line, i) => <div key={line.id} className="log-line" data-level={line.level} style={{ top: (first + i) * LINE_HEIGHT }}>{render(line)}</div>)}
      </div>
    </div>
  );
}

function useLineText(): (line: LogLine) => string {
  const { t, i18n } = useTranslation('run');
  const textOf = useText();
  const { language } = i18n;
  return useMemo(() => ({ subject }: LogLine): string => {
    const metrics = (values: Readonly<Record<string, number>> | undefined): string => Object.entries(values ?? {}).map(([name, value]) => `${name} ${formatValue(value)}`).join(', ');
    switch (subject.kind) {
      case 'phase': return subject.detail === undefined ? t(`phase.${subject.phase}`) : `${t(`phase.${subject.phase}`)}: ${textOf(subject.detail)}`;
      case 'start': return t('log.start', { device: deviceName(subject), why: textOf(subject.whyText), parameters: formatCount(subject.parameters, language), samples: formatCount(subject.trainSamples, language), batch: subject.batchSize, seed: subject.seed });
      case 'step': return t('log.step', { step: formatCount(subject.step, language), loss: formatValue(subject.loss), rate: formatRate(subject.learningRate) });
      case 'epoch': {
        const parts = [metrics(subject.train)];
        if (subject.validation !== undefined) parts.push(t('log.validation', { metrics: metrics(subject.validation) }));
        if (subject.test !== undefined) parts.push(t('log.test', { metrics: metrics(subject.test) }));
        return t('log.epoch', { epoch: subject.epoch, metrics: parts.join(' · '), time: formatSeconds(subject.seconds, language), rate: formatCount(subject.samplesPerSecond, language) });
      }
      case 'checkpoint': return t('log.checkpoint', { step: formatCount(subject.step, language) });
      case 'warning': return textOf(subject.text);
      case 'error': {
        const message = textOf(subject.text);
        return subject.adviceText === undefined ? message : `${message} ${textOf(subject.adviceText)}`;
      }
      case 'engine': return subject.reason === undefined ? t(`log.engine.${subject.state}`) : `${t(`log.engine.${subject.state}`)}: ${subject.reason}`;
      case 'tensor': return subject.name;
    }
    // textOf changes with the language alone.
  }, [t, language]); // oxlint-disable-line react/exhaustive-deps
}
