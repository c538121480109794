/** The trained model at work: draw something, drop a picture, take one of the test set, or set the numbers; what does it say? */
import { Dices, Eraser, ImageUp, Undo2 } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { PredictReply, TensorData } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { EngineRequestError } from '../run/engine-client.ts';
import { isLive, type RunRecord } from '../run/run-store.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { NumberField, Switch } from '../ui/fields.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { ClassBars } from './class-bars.tsx';
import { type GreyImage, type Pixels, drawingInput, imageInput } from './digit-image.ts';
import { type DrawingPad, DrawingSheet } from './drawing-pad.tsx';
import { Latest } from './latest.ts';
import { type ModelFacts, className, modelFacts } from './model-facts.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { ImagePicture, SamplePicture } from './picture.tsx';
import { rangeOf } from './pictures.ts';
import { testSubject } from './test-store.ts';
import './inspect.css';

/** While the network learns, what is on the sheet is asked again this often: ms. */
const AGAIN_MS = 400;
/** Larger pictures are scaled down before they are read; more pixels than that tell a small network nothing. */
const MAX_SIDE = 512;
/** A vector this long can be set by hand. */
const MOST_FIELDS = 16;

export function TestPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  const facts = run === undefined ? undefined : modelFacts(run.doc);
  if (run === undefined) return <NoRun what={t('test.empty')} />;
  if (facts === undefined) return <EmptyState title={t('test.noPrediction')}><p>{t('test.noPredictionHelp')}</p></EmptyState>;
  if (facts.otherSources.length > 0) return <EmptyState title={t('test.severalInputs')}><p>{t('test.severalInputsHelp')}</p></EmptyState>;
  // A new run has new weights and maybe another input: it starts with an empty sheet.
  return <Tester key={run.id} run={run} facts={facts} />;
}

/** What is asked, and what is known of it. */
interface Given {
  readonly input: Float32Array;
  readonly truth: number | undefined;
  /** "Test image 17". */
  readonly title: string | undefined;
}

function Tester({ run, facts }: { readonly run: RunRecord; readonly facts: ModelFacts }) {
  const { t } = useTranslation('inspect');
  const { engine, runs } = useWorkspace();
  const text = useText();
  const [given, setGiven] = useState<Given>();
  const [answer, setAnswer] = useState<{ readonly reply: PredictReply; readonly given: Given }>();
  const [error, setError] = useState<string>();
  const [asDigit, setAsDigit] = useState(facts.image?.channels === 1);
  const pad = useRef<DrawingPad>(null);
  const lastDrawing = useRef<GreyImage | undefined>(undefined);

  const tell = useCallback((reason: unknown) => {
    if (reason instanceof EngineRequestError && reason.error.code === 'cancelled') return;
    setError(reason instanceof EngineRequestError ? text(reason.error.text) : String(reason));
  }, [text]);
  const asker = useMemo(() => new Latest(
    ({ input }: Given) => engine.request('predict', { run: run.id, inputs: { [facts.source]: { shape: [1, ...facts.input], data: input } } }),
    (reply, asked) => {
      setAnswer({ reply, given: asked });
      setError(undefined);
    },
    tell,
  ), [engine, run.id, facts, tell]);

  useEffect(() => {
    if (given === undefined) asker.drop();
    else asker.ask(given);
  }, [given, asker]);
  // The network changes while it learns: what is on the sheet is asked again.
  useEffect(() => {
    if (given === undefined) return;
    let askedAt = runs.currentRun()?.step;
    const timer = setInterval(() => {
      const now = runs.currentRun();
      if (now === undefined || now.step === askedAt || document.hidden) return;
      askedAt = now.step;
      asker.ask(given);
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [given, asker, runs]);

  const take = useCallback(async (split: 'train' | 'test', index: number) => {
    try {
      const { ports } = await engine.request('samples', { doc: run.doc, node: facts.source, split, indices: [index] });
      const x = ports['x'] ?? Object.values(ports)[0];
      if (x === undefined) return;
      const y = ports['y'];
      lastDrawing.current = undefined;
      pad.current?.clear();
      setGiven({ input: Float32Array.from(x.data), truth: y === undefined || y.data.length !== 1 || !(y.data instanceof Int32Array) ? undefined : y.data[0], title: t(split === 'test' ? 'test.testSample' : 'test.trainSample', { number: index + 1 }) });
    } catch (reason) {
      tell(reason);
    }
  }, [engine, run.doc, facts.source, t, tell]);

  const { subject, chosen } = useStore(testSubject);
  useEffect(() => {
    if (subject !== undefined) queueMicrotask(() => void take(subject.split, subject.index));
    // `chosen` makes the same sample come again when it is chosen again.
  }, [subject, chosen, take]);

  const random = async (): Promise<void> => {
    for (const split of ['test', 'train'] as const) {
      try {
        const { total } = await engine.request('samples', { doc: run.doc, node: facts.source, split, indices: [] });
        if (total > 0) return await take(split, Math.floor(Math.random() * total));
      } catch (reason) {
        if (split === 'train') tell(reason);
      }
    }
  };
  const drawn = useCallback((image: GreyImage | undefined) => {
    lastDrawing.current = image;
    setGiven((before) => (image === undefined ? (before?.title === undefined ? undefined : before) : { input: drawingInput(image, facts.image!, asDigit), truth: undefined, title: undefined }));
  }, [facts.image, asDigit]);
  const dropped = async (file: Blob): Promise<void> => {
    try {
      const pixels = await readPixels(file);
      pad.current?.clear();
      setGiven({ input: imageInput(pixels, facts.image!, asDigit), truth: undefined, title: file instanceof File ? file.name : t('test.picture') });
      setError(undefined);
    } catch {
      setError(t('test.noPicture', { name: file instanceof File ? file.name : '' }));
    }
  };

  return (
    <div className="inspect-test" onDragOver={(event) => facts.image !== undefined && event.preventDefault()} onDrop={(event) => {
      const file = [...event.dataTransfer.files].find(({ type }) => type.startsWith('image/'));
      if (facts.image === undefined || file === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      void dropped(file);
    }}>
      {facts.image !== undefined && (
        <div className="inspect-test-draw">
          <DrawingSheet ref={pad} onChange={drawn} />
          <div className="inspect-test-tools">
            <Button icon={Eraser} onPress={() => { pad.current?.clear(); setGiven(undefined); }}>{t('test.clear')}</Button>
            <IconButton icon={Undo2} label={t('test.undoStroke')} onPress={() => pad.current?.undo()} />
            {facts.hasData && <IconButton icon={Dices} label={t('test.random')} onPress={() => void random()} />}
            <PictureButton onFile={(file) => void dropped(file)} />
          </div>
        </div>
      )}
      {facts.image === undefined && <Fields facts={facts} given={given} onChange={(input) => setGiven({ input, truth: undefined, title: undefined })} {...(facts.hasData ? { onRandom: () => void random() } : {})} />}
      <div className="inspect-test-seen">
        {facts.image !== undefined && (
          <>
            <h3>{t('test.seen')}</h3>
            {given === undefined ? <div className="inspect-pixels inspect-seen inspect-seen-empty">{t('test.drawHere')}</div> : <ImagePicture values={given.input} {...facts.image} label={t('test.seenLabel', { width: facts.image.width, height: facts.image.height })} className="inspect-seen" />}
            {facts.image.channels === 1 && <Switch label={t('test.asDigit')} isSelected={asDigit} onChange={(on) => {
              setAsDigit(on);
              if (lastDrawing.current !== undefined) setGiven({ input: drawingInput(lastDrawing.current, facts.image!, on), truth: undefined, title: undefined });
            }} />}
          </>
        )}
        {given?.title !== undefined && <p className="muted inspect-test-title">{given.title}</p>}
      </div>
      <div className="inspect-test-answer">
        {error !== undefined ? <p className="ui-error" role="alert">{error}</p> : <Answer answer={given === undefined ? undefined : answer} live={isLive(run.phase)} draws={facts.image !== undefined} />}
      </div>
    </div>
  );
}

function Answer({ answer, live, draws }: { readonly answer: { readonly reply: PredictReply; readonly given: Given } | undefined; readonly live: boolean; /** The input is a picture. */ readonly draws: boolean }) {
  const { t, i18n } = useTranslation('inspect');
  if (answer === undefined && !draws) return <EmptyState title={t('test.choose')}><p>{t('test.chooseHelp')}</p></EmptyState>;
  if (answer === undefined) return <EmptyState title={t('test.nothing')}><p>{t(live ? 'test.nothingLive' : 'test.nothingHelp')}</p></EmptyState>;
  const { reply, given } = answer;
  const { probabilities, classNames } = reply;
  const footer = <p className="muted numbers inspect-test-foot">{t('test.tookAt', { milliseconds: reply.milliseconds.toLocaleString(i18n.language, { maximumFractionDigits: 1 }), step: reply.step.toLocaleString(i18n.language) })}</p>;
  if (probabilities === undefined) return <>{Object.entries(reply.outputs).map(([node, output]) => <OutputValues key={node} output={output} />)}{footer}</>;
  let best = 0;
  probabilities.data.forEach((share, i) => { if (share > probabilities.data[best]!) best = i; });
  const verdict = given.truth === undefined ? undefined : given.truth === best ? t('test.right') : t('test.wrong', { name: className(classNames, given.truth) });
  return (
    <>
      <p className="inspect-verdict" aria-live="polite">
        <strong>{className(classNames, best)}</strong>
        <span className="numbers">{(probabilities.data[best] ?? 0).toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 1 })}</span>
        {verdict !== undefined && <span className={given.truth === best ? 'inspect-right' : 'inspect-wrong'}>{verdict}</span>}
      </p>
      <ClassBars probabilities={probabilities.data} names={classNames} truth={given.truth} />
      {footer}
    </>
  );
}

/** A prediction that is no class: a picture where it has the form of one, else its first numbers. */
function OutputValues({ output }: { readonly output: TensorData }) {
  const { t } = useTranslation('inspect');
  const shape = output.shape.slice(1);
  const [channels = 0, height = 0, width = 0] = shape;
  if (shape.length === 3 && (channels === 1 || channels === 3) && height > 1) {
    const range = rangeOf(output.data);
    return <ImagePicture values={output.data} channels={channels} height={height} width={width} range={range.min < -0.01 || range.max > 1.01 ? range : { min: 0, max: 1 }} label={t('test.outputPicture')} className="inspect-seen" />;
  }
  return <ol className="inspect-values numbers" start={0}>{Array.from(output.data.slice(0, 32), (value, i) => <li key={i}>{Number(value.toPrecision(5))}</li>)}</ol>;
}

function Fields({ facts, given, onChange, onRandom }: { readonly facts: ModelFacts; readonly given: Given | undefined; readonly onChange: (input: Float32Array) => void; readonly onRandom?: () => void }) {
  const { t } = useTranslation('inspect');
  const size = facts.input.reduce((product, each) => product * each, 1);
  const values = given?.input ?? new Float32Array(size);
  return (
    <div className="inspect-test-draw">
      <h3>{t('test.input')}</h3>
      {size <= MOST_FIELDS
        ? <div className="inspect-fields">{Array.from(values, (value, i) => <NumberField key={i} label={`x${size === 1 ? '' : String(i + 1)}`} value={Number(value.toPrecision(6))} onChange={(next) => { const input = Float32Array.from(values); input[i] = next; onChange(input); }} step={0.1} />)}</div>
        : <SamplePicture values={values} shape={facts.input} label={t('test.input')} />}
      {onRandom !== undefined && <div className="inspect-test-tools"><Button icon={Dices} onPress={onRandom}>{t('test.random')}</Button></div>}
    </div>
  );
}

function PictureButton({ onFile }: { readonly onFile: (file: File) => void }) {
  const { t } = useTranslation('inspect');
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton icon={ImageUp} label={t('test.openPicture')} onPress={() => field.current?.click()} />
      <input ref={field} type="file" accept="image/*" hidden aria-label={t('test.openPicture')} onChange={(event) => {
        const file = event.currentTarget.files?.[0];
        event.currentTarget.value = '';
        if (file !== undefined) onFile(file);
      }} />
    </>
  );
}

/** Rejects for what is no picture. */
async function readPixels(file: Blob): Promise<Pixels> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no 2-D canvas');
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
