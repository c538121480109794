/** Predictions for a fixed set of inputs, asked again as the network changes: what draws a boundary or a curve while it moves. */
import { useMemo, useState } from 'react';
import type { NodeId } from '../../engine/graph/document.ts';
import type { PredictReply } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { EngineRequestError } from '../run/engine-client.ts';
import type { RunRecord } from '../run/run-store.ts';
import { useWorkspace } from '../workspace/context.tsx';
import { useAskedAgain } from './asked-again.ts';
import { Latest } from './latest.ts';
import { modelFacts } from './model-facts.ts';

/** Ten pictures a second move smoothly enough, and leave the engine to its training: ms. */
const AGAIN_MS = 100;

/** `inputs`: [count, features], row-major; the same array as long as nothing but the weights changes. They are samples of the source, or stand `into` another node's output. */
export function useLivePredictions(run: RunRecord, inputs: Float32Array | undefined, into?: { readonly node: NodeId; readonly shape: readonly number[] }): { readonly reply: PredictReply | undefined; readonly error: string | undefined } {
  const { engine } = useWorkspace();
  const text = useText();
  const [reply, setReply] = useState<PredictReply>();
  const [error, setError] = useState<string>();
  const facts = modelFacts(run.doc);
  const asker = useMemo(() => new Latest(
    (data: Float32Array) => {
      const shape = into?.shape ?? facts?.input ?? [];
      const size = shape.reduce((product, each) => product * each, 1);
      return engine.request('predict', { run: run.id, inputs: { [into?.node ?? facts?.source ?? '']: { shape: [data.length / size, ...shape], data } } });
    },
    (answer) => {
      setReply(answer);
      setError(undefined);
    },
    (reason) => {
      if (!(reason instanceof EngineRequestError) || !['cancelled', 'engine-lost'].includes(reason.error.code)) setError(reason instanceof EngineRequestError ? text(reason.error.text) : String(reason));
    },
  // The text function changes with the language alone.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  ), [engine, run.id, facts, into]);
  useAskedAgain(run, asker, inputs, AGAIN_MS);
  return { reply, error };
}
