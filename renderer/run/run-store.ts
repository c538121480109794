/**
 * The runs of this window: their state in a store that changes a few times a second, and their numbers
 * in buffers outside of it, which plots read at the screen's pace. React holds no per-step state.
 */
import { createStore } from 'zustand/vanilla';
import type { GraphDoc, NodeId } from '../../engine/graph/document.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import type { BackendName, MetricValues, RunEvent, RunId, StoredRun, TrainReply } from '../../engine/protocol.ts';
import type { EngineClient, RequestProgress } from './engine-client.ts';
import { RunLog } from './run-log.ts';
import { afterEvent } from './run-phases.ts';
import { RunNumbers, type RunSeries } from './series.ts';

/** Explicit, and each leads somewhere. `interrupted`: the engine or the window died, and it can go on. */
export type RunPhase = 'starting' | 'loading' | 'compiling' | 'training' | 'evaluating' | 'saving' | 'paused' | 'stopping' | 'stopped' | 'done' | 'failed' | 'interrupted';
export const isLive = (phase: RunPhase): boolean => !['stopped', 'done', 'failed', 'interrupted'].includes(phase);

export interface RunRecord {
  readonly id: RunId;
  /** "Run 3". */
  readonly number: number;
  /** What the user calls it, if not by its number. */
  readonly name: string | undefined;
  /** As it was when Train was pressed. */
  readonly doc: GraphDoc;
  readonly backend: BackendName;
  readonly threads: number | undefined;
  readonly phase: RunPhase;
  /** What the phase waits for, and since when (performance.now()). */
  readonly detail: Text | undefined;
  readonly phaseSince: number;
  readonly progress: RequestProgress | undefined;
  readonly started: Extract<RunEvent, { kind: 'start' }> | undefined;
  readonly reply: TrainReply | undefined;
  readonly step: number;
  readonly epoch: number;
  readonly loss: number | undefined;
  /** Of the last step: what the schedule made of the base rate. */
  readonly learningRate: number | undefined;
  /** The same by optimizer, where there are several. */
  readonly learningRates: Readonly<Record<NodeId, number>> | undefined;
  /** Set by hand while running, by optimizer. */
  readonly ratesByHand: Readonly<Record<NodeId, number>>;
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
  /** Whose weights the next run starts from; undefined for random ones. */
  readonly startFrom: RunId | undefined;
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
  setLearningRate(optimizer: NodeId, value: number): void;
  /** Goes on with an interrupted or stopped run from its last checkpoint. */
  continue(run: RunId): Promise<void>;
  remove(run: RunId): Promise<void>;
  /** Asks the engine for the runs it keeps, and offers to go on with one that was cut off. Once, at the start. */
  restore(): Promise<void>;
  /** Takes a stored run in, with its curves, as if it had been trained in this window. */
  open(stored: StoredRun): Promise<void>;
}
export type RunStore = ReturnType<typeof createRunStore>;

/** New numbers are told to plots this often; a screen shows no more, and a run gathers its events for as long. */
const TICK_MS = 50;
/** Numbers in records are read by people, who follow no more than a few changes a second. */
const RECORD_MS = 200;
/** The throughput is measured over this long: short enough to follow, long enough not to flicker. */
const RATE_MS = 3000;
/** --run-0 to --run-7. */
export const RUN_COLORS = 8;

export interface RunStoreOptions {
  readonly now?: () => number;
  readonly schedule?: (task: () => void, milliseconds: number) => void;
}
export type NewRun = Pick<RunRecord, 'id' | 'doc' | 'backend' | 'threads' | 'phase'> & Partial<RunRecord>;

export function createRunStore(engine: Pick<EngineClient, 'onEvents' | 'onState'>, options: RunStoreOptions = {}) {
  const now = options.now ?? (() => performance.now());
  const schedule = options.schedule ?? ((task, milliseconds) => void setTimeout(task, milliseconds));
  const store = createStore<RunsState>(() => ({ runs: [], current: undefined, startFrom: undefined, tick: 0 }));
  const series = new Map<RunId, RunNumbers>();
  const log = new RunLog();
  /** Records that events have changed since the store was last written. */
  const drafts = new Map<RunId, RunRecord>();
  const rates = new Map<RunId, { readonly step: number; readonly at: number }[]>();
  const listeners = new Set<(run: RunId, event: RunEvent) => void>();
  let scheduled = false;
  let urgent = false;
  let writtenAt = -Infinity;

  const find = (run: RunId): RunRecord | undefined => drafts.get(run) ?? store.getState().runs.find(({ id }) => id === run);

  function plan(milliseconds: number): void {
    if (scheduled) return;
    scheduled = true;
    schedule(flush, milliseconds);
  }
  function flush(): void {
    scheduled = false;
    const isDue = urgent || now() - writtenAt >= RECORD_MS;
    write(isDue);
    if (drafts.size > 0) plan(RECORD_MS);
  }
  function write(records: boolean): void {
    const { runs, tick } = store.getState();
    if (!records || drafts.size === 0) return store.setState({ tick: tick + 1 });
    const next = runs.map((record) => drafts.get(record.id) ?? record);
    drafts.clear();
    urgent = false;
    writtenAt = now();
    store.setState({ runs: next, tick: tick + 1 });
  }

  /** Samples a second over the last moments; starts afresh behind everything that is no training. */
  function measure(record: RunRecord, before: RunRecord): RunRecord {
    if (record.phase !== before.phase) rates.delete(record.id);
    if (record.phase !== 'training' || record.step === before.step) return record;
    const at = now();
    const marks = [...(rates.get(record.id) ?? []), { step: record.step, at }];
    while (marks.length > 2 && at - marks[1]!.at > RATE_MS) marks.shift();
    rates.set(record.id, marks);
    const first = marks[0]!;
    const batchSize = record.started?.batchSize ?? record.doc.training.batchSize;
    // A tenth of a second at least: the first chunk of a run says little.
    return at - first.at < 100 ? record : { ...record, samplesPerSecond: ((record.step - first.step) * batchSize * 1000) / (at - first.at) };
  }

  function feed(run: RunId, events: readonly RunEvent[]): void {
    const before = find(run);
    if (before === undefined || !isLive(before.phase)) return;
    const numbers = series.get(run);
    let record = before;
    for (const event of events) {
      numbers?.feed(event);
      log.add(run, event);
      record = afterEvent(record, event, now());
      for (const listener of listeners) listener(run, event);
      if (!isLive(record.phase)) break;
    }
    record = measure(record, before);
    if (record === before) return;
    drafts.set(run, record);
    if (record.phase !== before.phase || record.detail !== before.detail || record.train !== before.train || record.started !== before.started || record.warnings !== before.warnings) urgent = true;
    plan(TICK_MS);
  }

  engine.onEvents(feed);
  engine.onState((state, reason) => {
    if (state === 'ready' || state === 'lost') log.add(undefined, { kind: 'engine', state, reason });
    store.setState({ tick: store.getState().tick + 1 });
  });

  return {
    ...store,
    log,
    currentRun: (): RunRecord | undefined => store.getState().runs.find(({ id }) => id === store.getState().current),
    seriesOf: (run: RunId): RunSeries | undefined => series.get(run),
    /** As events have left it, even if the store has not been told yet. */
    find,
    /** Every event of a run that is on, as it comes. */
    onEvent: (listener: (run: RunId, event: RunEvent) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** The newest run becomes the current one. `history` are events of an earlier session. */
    add(run: NewRun, history: readonly RunEvent[] = []): RunRecord {
      write(true);
      const { runs } = store.getState();
      const taken = new Set(runs.map(({ color }) => color));
      const free = Array.from({ length: RUN_COLORS }, (_, i) => i).find((i) => !taken.has(i));
      const record: RunRecord = {
        number: Math.max(0, ...runs.map(({ number }) => number)) + 1, name: undefined, detail: undefined, phaseSince: now(), progress: undefined, started: undefined, reply: undefined,
        step: 0, epoch: 0, loss: undefined, learningRate: undefined, learningRates: undefined, ratesByHand: {}, samplesPerSecond: undefined, train: undefined, validation: undefined, test: undefined,
        error: undefined, warnings: [], visible: true, color: free ?? runs.length % RUN_COLORS, ...run,
      };
      const numbers = new RunNumbers();
      for (const event of history) numbers.feed(event);
      series.set(record.id, numbers);
      store.setState({ runs: [...runs, record], current: record.id, tick: store.getState().tick + 1 });
      return record;
    },
    /** At once. A change of phase restarts its clock. */
    update(run: RunId, part: Partial<Omit<RunRecord, 'id'>>): void {
      write(true);
      const { runs, tick } = store.getState();
      store.setState({
        runs: runs.map((record) => (record.id !== run ? record : { ...record, ...(part.phase !== undefined && part.phase !== record.phase ? { phaseSince: now(), detail: undefined, progress: undefined } : {}), ...part })),
        tick: tick + 1,
      });
    },
    delete(run: RunId): void {
      write(true);
      const { runs, current, startFrom, tick } = store.getState();
      const left = runs.filter(({ id }) => id !== run);
      series.delete(run);
      rates.delete(run);
      store.setState({ runs: left, current: current === run ? left.at(-1)?.id : current, startFrom: startFrom === run ? undefined : startFrom, tick: tick + 1 });
    },
    select: (run: RunId | undefined): void => store.setState({ current: run }),
    startFrom: (run: RunId | undefined): void => store.setState({ startFrom: run }),
  };
}
