/** The samples of a low-dimensional data set, for panels that draw them: asked once per run. */
import { useEffect, useState } from 'react';
import type { SamplesReply } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { EngineRequestError } from '../run/engine-client.ts';
import type { RunRecord } from '../run/run-store.ts';
import { useWorkspace } from '../workspace/context.tsx';
import { modelFacts } from './model-facts.ts';

/** More points than that cover each other. */
const MOST_POINTS = 600;

export interface Points {
  /** Numbers of one sample. */
  readonly features: number;
  readonly x: Float32Array;
  /** The target: a class, or a quantity. */
  readonly y: Float32Array | Int32Array;
  /** How many of the first are training samples; the rest are test samples. */
  readonly training: number;
  readonly classNames: readonly string[] | undefined;
}

export function usePoints(run: RunRecord): { readonly points: Points | undefined; readonly error: string | undefined } {
  const { engine } = useWorkspace();
  const text = useText();
  const [points, setPoints] = useState<Points>();
  const [error, setError] = useState<string>();
  const facts = modelFacts(run.doc);
  const source = facts?.hasData === true ? facts.source : undefined;
  useEffect(() => {
    if (source === undefined) return;
    const stop = new AbortController();
    const load = async (split: 'train' | 'test'): Promise<SamplesReply | undefined> => {
      const { total } = await engine.request('samples', { doc: run.doc, node: source, split, indices: [] }, { signal: stop.signal });
      const count = Math.min(MOST_POINTS, total);
      // Spread over the whole set: its beginning may be one class.
      const indices = Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
      return count === 0 ? undefined : engine.request('samples', { doc: run.doc, node: source, split, indices }, { signal: stop.signal });
    };
    void (async () => {
      try {
        const train = await load('train');
        const test = await load('test').catch(() => undefined);
        const parts = [train, test].flatMap((part) => (part?.ports['x'] === undefined || part.ports['y'] === undefined ? [] : [{ x: part.ports['x'], y: part.ports['y'] }]));
        const [first] = parts;
        if (first === undefined) return;
        const isClass = first.y.data instanceof Int32Array;
        const y = parts.flatMap((part) => Array.from(part.y.data));
        setPoints({
          features: first.x.data.length / (first.x.shape[0] ?? 1), x: Float32Array.from(parts.flatMap((part) => Array.from(part.x.data))), y: isClass ? Int32Array.from(y) : Float32Array.from(y),
          training: first.y.shape[0] ?? 0, classNames: train?.classNames,
        });
        setError(undefined);
      } catch (reason) {
        if (!stop.signal.aborted) setError(reason instanceof EngineRequestError ? text(reason.error.text) : String(reason));
      }
    })();
    return () => stop.abort();
    // The text function changes with the language alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [engine, run.doc, source]);
  return { points, error };
}

export interface Extent {
  readonly min: number;
  readonly max: number;
}
/** The range of one feature with a margin, so that no point lies on the border. */
export function extentOf(values: ArrayLike<number>, stride: number, offset: number, margin = 0.12): Extent {
  let min = Infinity;
  let max = -Infinity;
  for (let i = offset; i < values.length; i += stride) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (!(min <= max)) return { min: -1, max: 1 };
  const room = (max - min || 1) * margin;
  return { min: min - room, max: max + room };
}

/** Round numbers within the range, about `count` of them. */
export function ticks({ min, max }: Extent, count: number): readonly number[] {
  const rough = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const found: number[] = [];
  for (let i = Math.ceil(min / step); i * step <= max; i++) found.push(i === 0 ? 0 : Number((i * step).toPrecision(12)));
  return found;
}
