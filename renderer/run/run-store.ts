/**
 * The runs of this window: their state in a store that changes a few times a second, and their numbers
 * in buffers outside of it, which plots read at the screen's pace. React holds no per-step state.
 */
import { createStore } from 'zustand/vanilla';
import type { GraphDoc, NodeId } from '../../engine/graph/document.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import type { BackendName, MetricValues, RunEvent, RunId, TrainReply } from '../../engine/protocol.ts';
import type { EngineClient, RequestProgress } from './engine-client.ts';
import type { RunSeries } from './series.ts';

/** Explicit, and each leads somewhere. `interrupted`: the engine or the window died, and it can go on. */
export type RunPhase = 'starting' | 'loading' | 'compiling' | 'training' | 'evaluating' | 'saving' | 'paused' | 'stopping' | 'stopped' | 'done' | 'failed' | 'interrupted';
export const isLive = (phase: RunPhase): boolean => !['stopped', 'done', 'failed', 'interrupted'].includes(phase);

export interface RunRecord {
  readonly id: RunId;
  /** "Run 3". */
  readonly number: number;
  /** As it was when Train was pressed. */
  readonly doc: GraphDoc;
  readonly backend: BackendName;
  readonly threads: number | undefined;
  readonly phase: RunPhase;
  /** What the phase waits for, and since when (performance.now()). */
  readonly detail: string | undefined;
  readonly phaseSince: number;
  readonly progress: RequestProgress | undefined;
  readonly started: Extract<RunEvent, { kind: 'start' }> | undefined;
  readonly reply: TrainReply | undefined;
  readonly step: number;
  readonly epoch: number;
  readonly loss: number | undefined;
  readonly learningRate: number | undefined;
  readonly samplesPerSecond: number | undefined;
  /** Of the last epoch. */
  readonly train: MetricValues | undefined;
  readonly validation: MetricValues | undefined;
  readonly test: MetricValues | undefined;
  readonly error: { readonly text: Text; readonly advice: Text | undefined; readonly node: NodeId | undefined } | undefined;
  readonly warnings: readonly Text[];
  /** Drawn in the curves. */
  readonly visible: boolean;
  /** Index into the colours of runs. */
  readonly color: number;
}
export interface RunsState {
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  /** The run that the panels are about: the newest, unless the user picked another. */
  readonly current: RunId | undefined;
  /** Grows about 20 times a second while numbers come in; a cheap "something is new". */
  readonly tick: number;
}
/** Everything that can be done to runs; run-store.ts holds the state, controls are in run-controls.ts. */
export interface RunControls {
  /** Checks the document, then trains it as it is. `paused` starts in front of the first step. */
  train(options?: { readonly paused?: boolean }): Promise<void>;
  pause(): void;
  resume(): void;
  step(): void;
  stop(): void;
  /** Forgets the current run's weights: the next Train begins anew. Curves stay until they are removed. */
  reset(): void;
  setLearningRate(value: number): void;
  /** Goes on with an interrupted or stopped run from its last checkpoint. */
  continue(run: RunId): Promise<void>;
  remove(run: RunId): Promise<void>;
}
export type RunStore = ReturnType<typeof createRunStore>;

export function createRunStore(_engine: EngineClient) {
  const store = createStore<RunsState>(() => ({ runs: [], current: undefined, tick: 0 }));
  const series = new Map<RunId, RunSeries>();
  return {
    ...store,
    currentRun: (): RunRecord | undefined => store.getState().runs.find(({ id }) => id === store.getState().current),
    seriesOf: (run: RunId): RunSeries | undefined => series.get(run),
  };
}
