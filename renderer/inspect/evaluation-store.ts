/**
 * Every sample of a set judged by the current model: for the confusion matrix and the most wrong ones.
 * Judged anew when an epoch ends and when the run does, while a panel that shows it is open.
 */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { EngineError, EvaluateReply, RunId } from '../../engine/protocol.ts';
import { EngineRequestError, type RequestProgress } from '../run/engine-client.ts';
import { isLive, type RunRecord } from '../run/run-store.ts';
import { useWorkspace } from '../workspace/context.tsx';
import type { Workspace } from '../workspace/workspace.ts';

export type Split = 'train' | 'test';
export interface EvaluationState {
  /** What `reply` is of; it stays while a newer one is on its way. */
  readonly run: RunId | undefined;
  readonly split: Split;
  readonly reply: EvaluateReply | undefined;
  readonly busy: boolean;
  readonly progress: RequestProgress | undefined;
  readonly error: EngineError | undefined;
  /** The cell of the matrix whose samples are looked at. */
  readonly cell: { readonly target: number; readonly predicted: number } | undefined;
}
export type EvaluationStore = ReturnType<typeof createEvaluationStore>;

function createEvaluationStore({ engine }: Pick<Workspace, 'engine'>) {
  const store = createStore<EvaluationState>(() => ({ run: undefined, split: 'test', reply: undefined, busy: false, progress: undefined, error: undefined, cell: undefined }));
  let stop: AbortController | undefined;

  async function evaluate(run: RunId): Promise<void> {
    stop?.abort();
    const controller = new AbortController();
    stop = controller;
    const { split } = store.getState();
    if (store.getState().run !== run) store.setState({ run, reply: undefined, cell: undefined });
    store.setState({ busy: true, progress: undefined, error: undefined });
    try {
      const reply = await engine.request('evaluate', { run, split }, { signal: controller.signal, onProgress: (progress) => stop === controller && store.setState({ progress }) });
      if (stop === controller) store.setState({ reply });
    } catch (error) {
      if (stop === controller && error instanceof EngineRequestError) store.setState({ error: error.error, reply: undefined });
    } finally {
      if (stop === controller) store.setState({ busy: false, progress: undefined });
    }
  }
  return {
    ...store,
    evaluate,
    setSplit: (split: Split): void => store.setState({ split, reply: undefined, cell: undefined, error: undefined }),
    choose: (cell: EvaluationState['cell']): void => store.setState({ cell }),
    cancel: (): void => {
      stop?.abort();
      stop = undefined;
      store.setState({ busy: false, progress: undefined });
    },
  };
}

const stores = new WeakMap<Workspace, EvaluationStore>();
function evaluationOf(workspace: Workspace): EvaluationStore {
  let store = stores.get(workspace);
  if (store === undefined) stores.set(workspace, (store = createEvaluationStore(workspace)));
  return store;
}

/** The evaluation of this run, kept up to date while the calling panel is shown. */
export function useEvaluation(run: RunRecord): { readonly store: EvaluationStore; readonly state: EvaluationState } {
  const store = evaluationOf(useWorkspace());
  const state = useStore(store);
  const { split } = state;
  const rests = !isLive(run.phase) || run.phase === 'paused';
  const step = rests ? run.step : undefined;
  useEffect(() => {
    const { reply, run: judged } = store.getState();
    // Already judged at this very step: the panel was only closed in between.
    if (judged === run.id && reply?.split === split && reply.step === step) return;
    void store.evaluate(run.id);
  }, [store, run.id, run.epoch, step, split]);
  return { store, state };
}
