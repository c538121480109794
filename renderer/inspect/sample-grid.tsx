/** Samples as cards: the picture, what it is, what the model took it for. A card puts its sample into the test panel. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button as AriaButton } from 'react-aria-components';
import type { EvaluateReply, TensorData } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { tokenText } from '../inspector/sample-sequences.tsx';
import { EngineRequestError } from '../run/engine-client.ts';
import type { RunRecord } from '../run/run-store.ts';
import { Button } from '../ui/buttons.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { className, modelFacts } from './model-facts.ts';
import { SamplePicture } from './picture.tsx';
import { chooseSubject } from './test-store.ts';

/** Cards that come at a time. */
const PAGE = 48;
/** As many letters as a card has room for. */
const MOST_TOKENS = 32;

export function SampleGrid({ run, evaluation, indices, empty }: { readonly run: RunRecord; readonly evaluation: EvaluateReply; /** Within the evaluation's split, in the order of showing. */ readonly indices: readonly number[]; readonly empty: string }) {
  const { t, i18n } = useTranslation('inspect');
  const { ui } = useWorkspace();
  const [pages, setPages] = useState(1);
  const shown = indices.slice(0, pages * PAGE);
  const { pictures, tokenNames, error } = usePictures(run, evaluation.split, shown);
  const shape = modelFacts(run.doc)?.input ?? [];
  if (indices.length === 0) return <p className="muted inspect-note">{empty}</p>;
  return (
    <div className="inspect-samples">
      {error !== undefined && <p className="ui-error" role="alert">{error}</p>}
      <ul className="inspect-cards">
        {shown.map((index) => {
          const truth = evaluation.targets?.[index];
          const guess = evaluation.classes?.[index];
          const values = pictures.get(index);
          const names = evaluation.classNames;
          const percent = (evaluation.confidences?.[index] ?? 0).toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 0 });
          const loss = Number((evaluation.losses[index] ?? 0).toPrecision(3)).toLocaleString(i18n.language, { maximumSignificantDigits: 3 });
          const label = truth === undefined || guess === undefined
            ? t('samples.cardLoss', { number: index + 1, loss })
            : t('samples.card', { number: index + 1, truth: className(names, truth), guess: className(names, guess), percent });
          return (
            <li key={index}>
              <AriaButton className="inspect-card" onPress={() => {
                chooseSubject({ split: evaluation.split, index });
                ui.show({ bottom: 'test' });
              }}>
                <span className="visually-hidden">{label}</span>
                <span className="inspect-card-picture" aria-hidden>{values !== undefined && (tokenNames === undefined ? <SamplePicture values={values} shape={shape} label="" /> : <span className="inspect-text" lang="">{tokenText({ shape: [1, MOST_TOKENS], data: values.slice(0, MOST_TOKENS) }, 0, tokenNames)}</span>)}</span>
                {truth !== undefined && guess !== undefined
                  ? <span className="inspect-card-text" aria-hidden><span>{className(names, truth)}</span><span className="muted">→</span><span className={truth === guess ? 'inspect-right' : 'inspect-wrong'}>{className(names, guess)}</span></span>
                  : <span className="inspect-card-text numbers" aria-hidden>{loss}</span>}
                {guess !== undefined && <span className="muted numbers inspect-card-share" aria-hidden>{percent}</span>}
              </AriaButton>
            </li>
          );
        })}
      </ul>
      {indices.length > shown.length && <Button onPress={() => setPages(pages + 1)}>{t('samples.more', { count: indices.length - shown.length })}</Button>}
    </div>
  );
}

/** The samples' inputs, asked of the engine as they are needed. */
function usePictures(run: RunRecord, split: 'train' | 'test', indices: readonly number[]): { readonly pictures: ReadonlyMap<number, TensorData['data']>; /** Where the inputs are text. */ readonly tokenNames: readonly string[] | undefined; readonly error: string | undefined } {
  const { engine } = useWorkspace();
  const text = useText();
  const key = `${run.id} ${split}`;
  const [held, setHeld] = useState<{ readonly key: string; readonly pictures: ReadonlyMap<number, TensorData['data']>; readonly tokenNames?: readonly string[] | undefined; readonly error: string | undefined }>({ key, pictures: new Map(), error: undefined });
  const pictures = held.key === key ? held.pictures : NONE;
  const missing = indices.filter((index) => !pictures.has(index)).join(',');
  const source = modelFacts(run.doc)?.source;
  useEffect(() => {
    if (missing === '' || source === undefined) return;
    const stop = new AbortController();
    const asked = missing.split(',').map(Number);
    engine.request('samples', { doc: run.doc, node: source, split, indices: asked }, { signal: stop.signal }).then(({ ports, tokenNames }) => {
      const x = ports['x'] ?? Object.values(ports)[0];
      if (x === undefined) return;
      const size = x.data.length / asked.length;
      setHeld((before) => ({ key, error: undefined, tokenNames: tokenNames?.['x'], pictures: new Map([...(before.key === key ? before.pictures : []), ...asked.map((index, i) => [index, x.data.slice(i * size, (i + 1) * size)] as const)]) }));
    }, (reason: unknown) => {
      if (reason instanceof EngineRequestError && reason.error.code !== 'cancelled') setHeld((before) => ({ ...before, error: text(reason.error.text) }));
    });
    return () => stop.abort();
    // `missing` stands for the indices; the text function changes with the language alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [engine, run.doc, source, split, key, missing]);
  return { pictures, tokenNames: held.tokenNames, error: held.error };
}
const NONE: ReadonlyMap<number, TensorData['data']> = new Map();
