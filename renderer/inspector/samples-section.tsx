/** A few samples of a data node, asked of the engine when they are first looked at. What needs the network waits for a press. */
import { Download, RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeId, NodeRec } from '../../engine/graph/document.ts';
import type { AnyNodeType, Text } from '../../engine/nodes/node-type.ts';
import type { SamplesReply } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { EngineRequestError, type RequestProgress } from '../run/engine-client.ts';
import { Button } from '../ui/buttons.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { countText } from './number-text.ts';
import { Section } from './parts.tsx';
import { SampleCarts } from './sample-carts.tsx';
import { SampleImages, SamplePoints, SampleRows } from './sample-pictures.tsx';
import { isTokens, SampleCurves, SampleTokens, tokenText } from './sample-sequences.tsx';

/** Enough to see what a set is like; points are drawn together and want more. */
const PICTURES = 10;
const POINTS = 400;
/** Typing into a parameter asks once, after the last key. */
const PATIENCE_MS = 500;

type Loaded = { readonly of: string; readonly reply: SamplesReply } | { readonly of: string; readonly error: Text };
/** By parameters, so that coming back to a node asks nothing anew; the last few. */
const cache = new Map<string, SamplesReply>();
const CACHED = 12;

export function SamplesSection({ id, node, definition }: { readonly id: NodeId; readonly node: NodeRec; readonly definition: AnyNodeType }) {
  const { t, i18n } = useTranslation('inspector');
  const text = useText();
  const { engine, documents } = useWorkspace();
  const { downloadMegabytes } = definition.data ?? {};
  const key = JSON.stringify([node.type, node.params]);
  const [wanted, setWanted] = useState<string>();
  const [loaded, setLoaded] = useState<Loaded>();
  const [progress, setProgress] = useState<RequestProgress>();
  const cached = cache.get(key);
  const isWanted = downloadMegabytes === undefined || wanted !== undefined;
  const { type, params } = node;

  useEffect(() => {
    if (!isWanted || cache.has(key)) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const { doc } = documents.getState();
      const alone = { format: doc.format, version: doc.version, name: '', training: doc.training, nodes: { [id]: { type, params, position: { x: 0, y: 0 } } }, edges: {} };
      const ask = (count: number): Promise<SamplesReply> =>
        engine.request('samples', { doc: alone, node: id, split: 'train', indices: Array.from({ length: count }, (_, i) => i) }, { signal: abort.signal, onProgress: setProgress });
      // The set says how many samples it has, which may be fewer than would be shown.
      ask(0).then(({ total }) => ask(Math.min(total, isOfPoints(definition, params) ? POINTS : PICTURES))).then((reply) => {
        cache.set(key, reply);
        for (const old of [...cache.keys()].slice(0, -CACHED)) cache.delete(old);
        setLoaded({ of: key, reply });
      }, (error: unknown) => {
        if (!abort.signal.aborted) setLoaded({ of: key, error: error instanceof EngineRequestError ? error.error.text : { en: String(error), zh: String(error) } });
      }).finally(() => setProgress(undefined));
    }, PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [isWanted, wanted, key, params, id, type, definition, engine, documents]);

  const reply = cached ?? (loaded?.of === key && 'reply' in loaded ? loaded.reply : undefined);
  const error = loaded?.of === key && 'error' in loaded ? loaded.error : undefined;
  return (
    <Section title={t('samples')} aside={reply !== undefined && <span className="muted numbers">{t('samplesTotal', { count: reply.total, shown: countText(reply.total, i18n.language) })}</span>}>
      {reply !== undefined ? <Pictures reply={reply} dataset={definition.data?.dataset} />
        : error !== undefined ? <><p className="inspector-invalid" role="alert">{text(error)}</p><Button icon={RotateCw} onPress={() => { setLoaded(undefined); setWanted(`${key} ${String(performance.now())}`); }}>{t('tryAgain')}</Button></>
          : isWanted ? <p className="inspector-note" role="status">{progress?.total === undefined ? t('loadingSamples') : t('downloading', { percent: Math.round((100 * progress.done) / progress.total) })}</p>
            : <><p className="inspector-note">{t('needsNetwork', { megabytes: downloadMegabytes })}</p><Button icon={Download} onPress={() => setWanted(key)}>{t('loadSamples')}</Button></>}
    </Section>
  );
}

const defaultsOf = (definition: AnyNodeType): Record<string, unknown> => Object.fromEntries(Object.entries(definition.params).map(([name, spec]) => [name, spec.default]));

/** One or two numbers are drawn as points, all together. */
function isOfPoints(definition: AnyNodeType, params: NodeRec['params']): boolean {
  const [x] = definition.infer({ ...defaultsOf(definition), ...params } as never, []);
  return x?.shape.length === 2 && Number(x.shape[1]) <= 2 && x.dtype === 'f32';
}

function Pictures({ reply, dataset }: { readonly reply: SamplesReply; readonly dataset: string | undefined }) {
  const { x, action, caption } = reply.ports;
  // Of a step in an environment, the action that was taken.
  const y = reply.ports['y'] ?? action;
  if (x === undefined) return null;
  const namesOf = (port: string): readonly string[] | undefined => reply.tokenNames?.[port] ?? reply.classNames;
  if (dataset === 'cart-pole') return <SampleCarts states={x} targets={y} classNames={reply.classNames} />;
  if (x.shape.length === 4) return <SampleImages images={x} targets={y} classNames={reply.classNames} {...(caption === undefined ? {} : { captions: Array.from({ length: caption.shape[0] ?? 0 }, (_, i) => tokenText(caption, i, namesOf('caption'))) })} />;
  if (isTokens(x)) return <SampleTokens tokens={x} targets={y} tokenNames={namesOf('x')} targetNames={namesOf('y')} />;
  if (x.shape.length === 3) return <SampleCurves series={x} targets={y} classNames={reply.classNames} />;
  if (x.shape.length === 2 && (x.shape[1] ?? 0) <= 2 && y !== undefined) return <SamplePoints points={x} targets={y} classNames={reply.classNames} />;
  return <SampleRows rows={x} targets={y} classNames={reply.classNames} />;
}
