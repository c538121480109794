/**
 * The inside of the current run's network, for all who show it: nodes on the canvas, histograms,
 * feature maps. One poller asks the engine for everything that someone wants just now, about once a
 * second while the run is live and once more when it has come to rest; nobody looking, nothing asked.
 */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { NodeId } from '../../engine/graph/document.ts';
import type { InspectReply, RunId } from '../../engine/protocol.ts';
import { EngineRequestError } from '../run/engine-client.ts';
import { isLive } from '../run/run-store.ts';
import { useWorkspace } from '../workspace/context.tsx';
import type { Workspace } from '../workspace/workspace.ts';

/** What one looker needs beside the distributions of activations and weights, which every reply has. */
export interface InspectionWant {
  /** Nodes by flat id (`flatId` of document/scope.ts) whose feature maps and kernels are looked at. */
  readonly featureMaps?: readonly NodeId[];
  /** Channels of each; the most that anybody wants is asked for, so a reply may have more. */
  readonly maps?: number;
  /** Histograms of gradients, which cost the engine a backward pass. */
  readonly gradients?: boolean;
}
export interface InspectionState {
  /** The run that `reply` is of. */
  readonly run: RunId | undefined;
  /** The newest; stays while the next one is on its way, and goes when another run becomes the current one. */
  readonly reply: InspectReply | undefined;
  /** Why there is none, where the engine refused. */
  readonly error: EngineRequestError['error'] | undefined;
  /** Which sample of the test set the feature maps are of: the same for everyone who looks. */
  readonly sample: number;
}
export type InspectionStore = ReturnType<typeof createInspectionStore>;

/** Often enough to be seen moving, seldom enough that training does not notice. */
const POLL_MS = 1000;

export function createInspectionStore({ engine, runs }: Pick<Workspace, 'engine' | 'runs'>) {
  const store = createStore<InspectionState>(() => ({ run: undefined, reply: undefined, error: undefined, sample: 0 }));
  const wants = new Set<InspectionWant>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay = false;
  /** What the last request asked for and saw; the same again is not asked for while the run rests. */
  let asked = '';

  const plan = (milliseconds: number): void => {
    if (wants.size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), milliseconds);
  };

  async function ask(): Promise<void> {
    timer = undefined;
    const run = runs.currentRun();
    if (underWay || wants.size === 0 || run === undefined || run.step === 0) return;
    const { sample } = store.getState();
    const request = {
      run: run.id, sample,
      featureMaps: [...new Set([...wants].flatMap(({ featureMaps = [] }) => featureMaps))].sort(),
      maps: Math.max(1, ...[...wants].map(({ maps = 1 }) => maps)),
      gradients: [...wants].some(({ gradients = false }) => gradients),
    };
    const key = JSON.stringify([request, run.step]);
    if (key === asked) return;
    underWay = true;
    try {
      const reply = await engine.request('inspect', request);
      asked = key;
      if (runs.getState().current === run.id) store.setState({ run: run.id, reply, error: undefined });
    } catch (error) {
      // A run that has just begun or ended cannot be looked into; the next poll tries again.
      if (error instanceof EngineRequestError && runs.getState().current === run.id) store.setState({ error: error.error });
    } finally {
      underWay = false;
    }
    const now = runs.currentRun();
    // What was wanted may have changed meanwhile; a resting run is looked into once more and then left alone.
    if (now !== undefined && (isLive(now.phase) || now.step !== run.step || now.id !== run.id)) plan(POLL_MS);
  }

  runs.subscribe((state, before) => {
    if (state.current !== before.current) {
      asked = '';
      store.setState({ run: undefined, reply: undefined, error: undefined });
    }
    if (timer === undefined && !underWay) plan(state.current === before.current ? POLL_MS : 0);
  });

  return {
    ...store,
    /** From now on replies hold this too, until the returned function is called. */
    want(want: InspectionWant): () => void {
      wants.add(want);
      // Many nodes come into view at once: one request for all of them.
      plan(50);
      return () => {
        wants.delete(want);
        if (wants.size === 0) {
          clearTimeout(timer);
          timer = undefined;
        }
      };
    },
    setSample(sample: number): void {
      store.setState({ sample });
      plan(0);
    },
  };
}

const stores = new WeakMap<Workspace, InspectionStore>();
/** The window's only one. */
export function inspectionOf(workspace: Workspace): InspectionStore {
  let store = stores.get(workspace);
  if (store === undefined) stores.set(workspace, (store = createInspectionStore(workspace)));
  return store;
}

/**
 * Reads what `select` picks and keeps it coming while the component is shown.
 * @param want undefined while there is nothing to look at; a new object with equal contents changes nothing
 */
export function useInspection<T>(want: InspectionWant | undefined, select: (state: InspectionState) => T): T {
  const store = inspectionOf(useWorkspace());
  const key = want === undefined ? undefined : JSON.stringify(want);
  useEffect(() => (key === undefined ? undefined : store.want(JSON.parse(key) as InspectionWant)), [store, key]);
  return useStore(store, select);
}
