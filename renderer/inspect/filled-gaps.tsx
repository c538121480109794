/** What a model of hidden tokens puts into gaps: into a sentence of the user's, and into windows of the test set where the truth is known. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FilledPart, FillReply } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { EngineRequestError } from '../run/engine-client.ts';
import type { RunRecord } from '../run/run-store.ts';
import { TextField } from '../ui/fields.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { useAskedAgain } from './asked-again.ts';
import { Latest } from './latest.ts';

/** What asks for a token, as the engine takes it. */
const GAP = '□';
const EXAMPLES = 6;
/** How often it is asked anew while the network learns: ms. */
const AGAIN_MS = 1000;
const LONGEST = 500;
const FIRST_SENTENCE = `Once there was a f${GAP}x who lived at the e${GAP}ge of a w${GAP}od.`;

export function FilledGaps({ run }: { readonly run: RunRecord }) {
  const { t, i18n } = useTranslation('inspect');
  const { engine } = useWorkspace();
  const words = useText();
  const [sentence, setSentence] = useState(FIRST_SENTENCE);
  const [reply, setReply] = useState<FillReply>();
  const [error, setError] = useState<EngineRequestError['error']['text']>();
  const asker = useMemo(() => new Latest(
    (asked: string) => engine.request('fill', { run: run.id, sentences: asked.includes(GAP) ? [asked] : [], examples: EXAMPLES }),
    (answer) => {
      setReply(answer);
      setError(undefined);
    },
    (reason) => {
      if (reason instanceof EngineRequestError && !['cancelled', 'engine-lost'].includes(reason.error.code)) setError(reason.error.text);
    },
  ), [engine, run.id]);
  useAskedAgain(run, asker, sentence, AGAIN_MS);
  const own = sentence.includes(GAP) ? reply?.sentences[0] : undefined;
  const gaps = own?.parts.flatMap(({ candidates }) => (candidates === undefined ? [] : [candidates])) ?? [];
  const examples = reply?.examples ?? [];
  const judged = examples.flatMap(({ parts }) => parts.filter(({ truth }) => truth !== undefined));
  return (
    <div className="writing writing-gaps">
      <section className="writing-now">
        <TextField label={t('writing.sentence', { gap: GAP })} value={sentence} maxLength={LONGEST} onChange={(value) => setSentence(value.replaceAll('_', GAP))} help={own !== undefined && own.unknown.length > 0 ? t('writing.unknown', { characters: own.unknown.join(' ') }) : t('writing.sentenceHelp', { gap: GAP })} />
        <ScrollRegion label={t('writing.filled')} className="writing-page">
          {error !== undefined ? <p role="alert" className="inspect-wrong">{words(error)}</p> : own === undefined ? <p className="muted">{reply === undefined ? t('looking') : t('writing.noGap', { gap: GAP })}</p> : (
            <>
              <p className="writing-text" lang=""><Parts parts={own.parts} /></p>
              <ol className="writing-candidates">{gaps.map((candidates, i) => <li key={i} className="numbers">{candidates.map(({ name, probability }, rank) => <span key={rank}><b>{name === ' ' ? '␣' : name}</b> {(100 * probability).toFixed(0)} %</span>)}</li>)}</ol>
            </>
          )}
        </ScrollRegion>
      </section>
      <section className="writing-earlier">
        <div className="writing-head">
          <h3>{t('writing.examples')}</h3>
          {reply !== undefined && <span className="muted numbers">{t('writing.right', { right: judged.filter(({ text, truth }) => text === truth).length, total: judged.length })} · {t('histograms.step', { step: reply.step.toLocaleString(i18n.language) })}</span>}
        </div>
        <ScrollRegion label={t('writing.examples')} className="writing-page">
          <ul className="writing-passages">{examples.map(({ parts }, i) => <li key={i}><p className="writing-text" lang=""><Parts parts={parts} /></p></li>)}</ul>
        </ScrollRegion>
      </section>
    </div>
  );
}

function Parts({ parts }: { readonly parts: readonly FilledPart[] }) {
  const { t } = useTranslation('inspect');
  return parts.map(({ text, candidates, truth }, i) => {
    if (candidates === undefined) return <span key={i}>{text}</span>;
    const judgement = truth === undefined ? '' : truth === text ? 'writing-gap-right' : 'writing-gap-wrong';
    return <mark key={i} className={`writing-gap ${judgement}`} {...(truth === undefined || truth === text ? {} : { title: t('writing.truth', { truth: visible(truth) }) })}>{visible(text)}</mark>;
  });
}

/** A blank or a line break alone would be a gap again. */
const visible = (text: string): string => (text === ' ' ? '␣' : text.replace('\n', '⏎'));
