/** What a language model writes while it learns, or puts into the gaps of a sentence. */
import { Copy, RotateCw } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useText } from '../i18n/i18n.ts';
import type { RunRecord } from '../run/run-store.ts';
import { IconButton } from '../ui/buttons.tsx';
import { Slider, TextField } from '../ui/fields.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { FilledGaps } from './filled-gaps.tsx';
import { NoRun, useModelRun } from './no-run.tsx';
import { languageModelOf, type Passage, writingOf } from './writing.ts';
import './inspect.css';
import './writing.css';

const [SHORTEST, LONGEST] = [50, 1000];
const [COLDEST, HOTTEST] = [0, 1.5];
const LONGEST_PROMPT = 500;

export function WritingPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('writing.empty')} /> : <WritingOf key={run.id} run={run} />;
}

function WritingOf({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation('inspect');
  const model = languageModelOf(run.doc);
  if (model === undefined) return <EmptyState title={t('writing.none')}><p>{t('writing.noneHelp')}</p></EmptyState>;
  return model.asks === 'next-token' ? <Texts run={run} /> : <FilledGaps run={run} />;
}

function Texts({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation('inspect');
  const words = useText();
  const workspace = useWorkspace();
  const session = writingOf(workspace, run.id);
  const state = useStore(session.store);
  useEffect(() => session.show(), [session]);
  const { now, history, error } = state;
  // What is written just now stands on its own until it is whole.
  const earlier = history.filter((passage) => passage.step !== now?.step);
  const unknown = now?.unknown ?? [];
  return (
    <div className="writing">
      <div className="writing-controls">
        <TextField label={t('writing.prompt')} value={state.prompt} maxLength={LONGEST_PROMPT} placeholder={t('writing.promptHint')} onChange={(prompt) => session.set({ prompt })} />
        <Slider label={t('writing.temperature')} value={state.temperature} min={COLDEST} max={HOTTEST} step={0.05} show={(value) => value.toFixed(2)} onChange={(temperature) => session.set({ temperature })} />
        <Slider label={t('writing.length')} value={state.length} min={SHORTEST} max={LONGEST} step={50} onChange={(length) => session.set({ length })} />
        <p className="muted writing-note">{unknown.length > 0 ? t('writing.unknown', { characters: unknown.join(' ') }) : t('writing.help')}</p>
      </div>
      <section className="writing-now">
        <Head passage={now} isWriting={state.isWriting} again={() => session.again()} />
        <ScrollRegion label={t('writing.now')} className="writing-page">
          {error === undefined ? <p className="writing-text" lang="">{now !== undefined && <><b>{now.prompt}</b>{now.text}</>}{state.isWriting && <span className="writing-pen" aria-hidden />}</p> : <p role="alert" className="inspect-wrong">{words(error)}</p>}
        </ScrollRegion>
      </section>
      <section className="writing-earlier">
        <div className="writing-head"><h3>{t('writing.earlier')}</h3></div>
        <ScrollRegion label={t('writing.earlier')} className="writing-page">
          {earlier.length === 0 ? <p className="muted">{t('writing.noEarlier')}</p> : (
            <ol className="writing-passages">{earlier.map((passage) => <li key={passage.step}><Head passage={passage} isWriting={false} /><p className="writing-text writing-clamped" lang=""><b>{passage.prompt}</b>{passage.text}</p></li>)}</ol>
          )}
        </ScrollRegion>
      </section>
    </div>
  );
}

function Head({ passage, isWriting, again }: { readonly passage: Passage | undefined; readonly isWriting: boolean; readonly again?: () => void }) {
  const { t, i18n } = useTranslation('inspect');
  const { ui } = useWorkspace();
  async function copy({ prompt, text }: Passage): Promise<void> {
    try {
      await navigator.clipboard.writeText(prompt + text);
      ui.toast({ tone: 'ok', message: t('writing.copied') });
    } catch {
      ui.toast({ tone: 'warning', message: t('writing.notCopied') });
    }
  }
  return (
    <div className="writing-head">
      <h3 className="numbers">{passage === undefined ? t('writing.begins') : t('histograms.step', { step: passage.step.toLocaleString(i18n.language) })}</h3>
      {again !== undefined && <IconButton icon={RotateCw} label={t('writing.again')} onPress={again} className="writing-again" />}
      <IconButton icon={Copy} label={t('writing.copy')} isDisabled={passage === undefined || isWriting} onPress={() => passage !== undefined && void copy(passage)} />
    </div>
  );
}
