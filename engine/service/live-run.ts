/** A run that trains in this engine, or has trained and still lies on its device. */
import { fallbackBackend, selectBackend, type BackendRequest } from '../backends/select.ts';
import { eventLoopTurn } from '../data/breathe.ts';
import type { Backend } from '../backends/backend.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { NamedTensors } from '../interop/named-tensors.ts';
import type { Platform } from '../platform/platform.ts';
import type { RunCommand, RunEvent, StoredRun, TrainRequest } from '../protocol.ts';
import { createRun } from '../train/run.ts';
import type { GraphData, Run, RunOptions, RunResult } from '../train/run-contract.ts';
import type { EventPost } from './event-post.ts';
import { engineErrorOf } from './failure.ts';
import { OpenModel } from './open-model.ts';
import { SessionNotes } from './session-notes.ts';

/** Milliseconds of work at a time: questions are answered in between, and a drawing's answer should not be waited for. */
const CHUNK_MS = 25;
/** While nobody has asked anything for a second, larger pieces cost the device less. */
const QUIET_CHUNK_MS = 40;
const QUIET_MS = 1000;
/** What a crash may cost at most, besides the time to start again. */
const SNAPSHOT_MS = 10_000;

export interface LiveRunParts {
  readonly request: TrainRequest;
  readonly graph: CheckedGraph;
  readonly data: GraphData;
  readonly platform: Platform;
  readonly folder: string;
  readonly resume: boolean;
  readonly initWeights: NamedTensors | undefined;
  readonly refresh: RunOptions['refresh'] | undefined;
  readonly events: EventPost;
}

export class LiveRun {
  readonly id: string;
  readonly run: Run;
  readonly model: OpenModel;
  readonly notes: SessionNotes;
  readonly #parts: LiveRunParts;
  readonly #backends: Backend[];
  #result: RunResult | undefined;
  #ended: Promise<void> | undefined;
  /** It has told of its failure, though its last files may still be on their way. */
  #hasFailed = false;
  #askedAt = Number.NEGATIVE_INFINITY;

  private constructor(parts: LiveRunParts, backends: Backend[], notes: SessionNotes, run: Run) {
    this.id = parts.request.run;
    this.#parts = parts;
    this.#backends = backends;
    this.notes = notes;
    this.run = run;
    const { graph, data } = parts;
    this.model = new OpenModel({
      run: this.id, graph,
      device: () => this.run.device,
      step: () => this.run.stepsDone,
      isTraining: () => this.isOn,
      classNames: () => this.run.classNames,
      tokens: () => this.run.tokens,
      data: async () => data,
    });
  }

  static async create(parts: LiveRunParts): Promise<LiveRun> {
    const { request, graph, data, platform, folder, resume, initWeights, refresh, events } = parts;
    const asked: BackendRequest = { backend: request.backend, ...(request.threads === undefined ? {} : { threads: request.threads }), ...(request.halfPrecision === true ? { gpuFeatures: ['f16'] } : {}) };
    const selected = await selectBackend(platform, asked);
    const backends = [selected.backend];
    const notes = new SessionNotes(platform.files, folder);
    let live: LiveRun | undefined;
    try {
      const run = await createRun({
        graph, data, backend: selected.backend, why: selected.why, files: platform.files, outFolder: folder, settings: graph.doc.training,
        chunkMs: () => (live?.isQuiet === true ? QUIET_CHUNK_MS : CHUNK_MS), snapshotMs: SNAPSHOT_MS,
        onEvent: (event: RunEvent) => {
          if (live !== undefined && event.kind === 'error') live.#hasFailed = true;
          notes.hear(event);
          events.add(event);
        },
        ...(resume ? { resume: folder } : {}),
        ...(initWeights === undefined ? {} : { initWeights }),
        ...(refresh === undefined ? {} : { refresh }),
        onDeviceLost: async () => {
          const backend = await fallbackBackend(platform, asked);
          backends.push(backend);
          return backend;
        },
      });
      live = new LiveRun(parts, backends, notes, run);
      return live;
    } catch (error) {
      for (const backend of backends) await backend.dispose();
      throw error;
    }
  }

  /** Whether it still trains, or waits to. */
  get isOn(): boolean { return this.#result === undefined; }
  get outcome(): StoredRun['outcome'] { return this.#hasFailed ? 'failed' : (this.#result?.outcome ?? 'running'); }
  get isQuiet(): boolean { return performance.now() - this.#askedAt > QUIET_MS; }

  /** Somebody asks the model something, and will soon again. */
  asked(): void {
    this.#askedAt = performance.now();
  }

  /** Trains until the end, when it resolves; what goes wrong is told as an event. Call once. */
  start(): Promise<void> {
    return (this.#ended = this.#train());
  }

  async #train(): Promise<void> {
    // The answer to whoever asked for the run goes out first.
    await eventLoopTurn();
    try {
      this.#result = await this.run.run();
    } catch (error) {
      const { code, text, node, advice } = engineErrorOf(error);
      this.#hasFailed = true;
      this.#result = { outcome: 'failed', steps: this.run.stepsDone, epochs: 0, train: undefined, validation: undefined, test: undefined, checkpoint: undefined };
      this.#parts.events.add({ kind: 'error', code, message: text.en, text, ...(node === undefined ? {} : { node }), ...(advice === undefined ? {} : { advice: advice.en, adviceText: advice }) });
    }
    await this.notes.write().catch(() => {});
    this.#parts.events.flush();
  }

  command(command: RunCommand): void {
    if (this.isOn) this.run.command(command);
  }

  /** Ends the training with a checkpoint; the model stays. */
  async stop(): Promise<void> {
    this.command({ kind: 'stop' });
    await this.#ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.model.dispose();
    await this.run.dispose();
    for (const backend of this.#backends) await backend.dispose();
  }
}
