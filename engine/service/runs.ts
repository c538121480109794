/**
 * The runs of this engine: at most one trains; those that have ended stay on their devices while there
 * is room, so that they can be asked at once, and are opened from their files after that.
 */
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { NamedTensors } from '../interop/named-tensors.ts';
import type { Platform } from '../platform/platform.ts';
import type { FromEngine, RunCommand, RunEvent, RunId, StoredRun, TrainReply, TrainRequest } from '../protocol.ts';
import { hasCheckpoints } from '../train/checkpoint.ts';
import { trainModel } from '../train/model.ts';
import type { Asker, DataStore } from './data-store.ts';
import { EventPost } from './event-post.ts';
import { cancelled, EngineFailure, text } from './failure.ts';
import { LiveRun } from './live-run.ts';
import type { OpenModel } from './open-model.ts';
import type { EngineServiceOptions } from './service.ts';
import { openStoredModel, type StoredModel } from './stored-model.ts';
import { readHistory, readStoredRun } from './stored-run.ts';

/** Runs that have ended and stay on their devices. */
const MOST_ENDED = 3;
/** Models that are kept open from their files. */
const MOST_STORED = 2;

export class Runs {
  readonly #platform: Platform;
  readonly #folder: string;
  readonly #claim: EngineServiceOptions['claimRun'] | undefined;
  readonly #data: DataStore;
  readonly #post: (message: FromEngine) => void;
  /** By id, the one that was asked longest ago first. */
  readonly #live = new Map<RunId, LiveRun>();
  /** Opened from their files, in the same order. */
  readonly #stored = new Map<RunId, Promise<StoredModel>>();
  /** The start that is under way: there is one at a time, and a newer one ends it. */
  #starting: { readonly run: RunId; readonly abort: AbortController } | undefined;
  #startQueue: Promise<unknown> = Promise.resolve();

  constructor(platform: Platform, { runsFolder, claimRun }: EngineServiceOptions, data: DataStore, post: (message: FromEngine) => void) {
    this.#platform = platform;
    this.#folder = runsFolder;
    this.#claim = claimRun;
    this.#data = data;
    this.#post = post;
  }

  folderOf(run: RunId): string {
    return `${this.#folder}/${run}`;
  }

  /** Stops what trains now, and keeps it. */
  train(request: TrainRequest, graph: CheckedGraph, asker: Asker): Promise<TrainReply> {
    this.#starting?.abort.abort();
    const starting = { run: request.run, abort: new AbortController() };
    this.#starting = starting;
    asker.signal.addEventListener('abort', () => starting.abort.abort(), { once: true });
    const started = this.#startQueue.then(() => this.#start(request, graph, { signal: starting.abort.signal, onProgress: asker.onProgress })).finally(() => {
      if (this.#starting === starting) this.#starting = undefined;
    });
    this.#startQueue = started.catch(() => {});
    return started;
  }

  async #start(request: TrainRequest, graph: CheckedGraph, asker: Asker): Promise<TrainReply> {
    const goOn = (): void => {
      if (asker.signal.aborted) throw cancelled();
    };
    goOn();
    const { run: id } = request;
    const folder = this.folderOf(id);
    await this.#stopActive();
    // What was open of this run shows weights that will be old ones.
    await this.#dispose(id);
    const isThere = await hasCheckpoints(this.#platform.files, folder);
    if (isThere && request.resume !== true) throw new EngineFailure('run-exists', text(`There is a run '${id}' already. Go on with it, or begin another.`, `运行“${id}”已存在。请继续该运行，或新建一个。`));
    const resume = request.resume === true && isThere;
    const release = this.#claim === undefined ? () => {} : await this.#claim(id);
    if (release === undefined) throw new EngineFailure('run-in-use', text(`Another window trains the run '${id}'.`, `另一个窗口正在训练运行“${id}”。`));
    const events = new EventPost(id, this.#post);
    events.add({ kind: 'phase', phase: 'loading' });
    let live: LiveRun | undefined;
    try {
      const { seed } = graph.doc.training;
      const data = await this.#data.load(graph.sources, seed, asker);
      goOn();
      const initWeights = request.initFrom === undefined || resume ? undefined : await this.#initialWeights(request.initFrom, graph, events);
      goOn();
      live = await LiveRun.create({ request, graph, data, platform: this.#platform, folder, resume, initWeights, refresh: this.#data.refresh(graph.sources, seed), events });
      goOn();
      this.#live.set(id, live);
      await this.#shrink();
      if (request.startPaused === true) live.command({ kind: 'pause' });
      void live.start().then(release);
      const { parameters, stepsPerEpoch, totalSteps, totalEpochs, stepsDone, classNames } = live.run;
      return { parameters, stepsPerEpoch, totalSteps, totalEpochs, stepsDone, classNames };
    } catch (error) {
      this.#live.delete(id);
      await live?.dispose();
      release();
      throw error;
    } finally {
      events.flush();
    }
  }

  /** Those of another run's weights that this graph has by name and shape. */
  async #initialWeights(from: RunId, graph: CheckedGraph, events: EventPost): Promise<NamedTensors> {
    const theirs = await (await this.model(from)).weights();
    const { entries } = trainModel(graph).layout;
    const fitting = entries.filter(({ key, shape }) => theirs[key]?.shape.join() === shape.join());
    if (fitting.length < entries.length) {
      const others = entries.filter((entry) => !fitting.includes(entry)).map(({ key }) => key);
      const named = `${others.slice(0, 6).join(', ')}${others.length > 6 ? ', …' : ''}`;
      const told = text(`${others.length} of ${entries.length} weights start anew, for the other run has none of that name and shape: ${named}.`, `${entries.length} 个权重中有 ${others.length} 个重新初始化，因为另一个运行中没有同名且同形状的权重：${named}。`);
      events.add({ kind: 'warning', code: 'weights-not-taken-over', message: told.en, text: told });
    }
    return Object.fromEntries(fitting.map(({ key }) => [key, theirs[key]!]));
  }

  async #stopActive(): Promise<void> {
    for (const live of this.#live.values()) if (live.isOn) await live.stop();
  }

  async #shrink(): Promise<void> {
    const ended = [...this.#live.values()].filter((live) => !live.isOn);
    for (const live of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) {
      this.#live.delete(live.id);
      await live.dispose();
    }
  }

  command(run: RunId, command: RunCommand): void {
    const live = this.#live.get(run);
    if (live === undefined && this.#starting?.run === run && command.kind === 'stop') return this.#starting.abort.abort();
    if (live === undefined) throw new EngineFailure('run-not-open', text(`The run '${run}' is not open in this engine.`, `运行“${run}”没有在此引擎中打开。`));
    live.command(command);
  }

  async close(run: RunId): Promise<void> {
    if (this.#starting?.run === run) {
      this.#starting.abort.abort();
      await this.#startQueue;
    }
    await this.#dispose(run);
  }

  async #dispose(run: RunId): Promise<void> {
    const live = this.#live.get(run);
    const stored = this.#stored.get(run);
    this.#live.delete(run);
    this.#stored.delete(run);
    await live?.dispose();
    await stored?.then((opened) => opened.dispose(), () => {});
  }

  async forget(run: RunId): Promise<void> {
    await this.close(run);
    await this.#platform.files.remove(this.folderOf(run));
  }

  /** Newest first. A live run is told as it is now. */
  async list(): Promise<readonly StoredRun[]> {
    const found: StoredRun[] = [];
    for (const name of await this.#platform.files.list(this.#folder)) {
      const stored = await readStoredRun(this.#platform.files, this.folderOf(name), name);
      if (stored === undefined) continue;
      const live = this.#live.get(name);
      found.push(live === undefined ? stored : { ...stored, outcome: live.outcome, steps: live.run.stepsDone });
    }
    return found.sort((a, b) => b.changedAt - a.changedAt);
  }

  async history(run: RunId): Promise<readonly RunEvent[]> {
    await this.#live.get(run)?.run.flushLog();
    return readHistory(this.#platform.files, this.folderOf(run));
  }

  /** The model of a run, live or from its files. */
  async model(run: RunId): Promise<OpenModel> {
    const live = this.#live.get(run);
    if (live !== undefined) {
      live.asked();
      this.#live.delete(run);
      this.#live.set(run, live);
      return live.model;
    }
    let stored = this.#stored.get(run);
    if (stored === undefined) {
      const folder = this.folderOf(run);
      if (!(await this.#platform.files.exists(folder))) throw new EngineFailure('no-such-run', text(`There is no run '${run}'.`, `没有运行“${run}”。`));
      // Somebody else may have asked meanwhile.
      stored = this.#stored.get(run) ?? openStoredModel(this.#platform, folder, run, this.#data);
    }
    this.#stored.delete(run);
    this.#stored.set(run, stored);
    try {
      const { model } = await stored;
      return model;
    } catch (error) {
      this.#stored.delete(run);
      throw error;
    } finally {
      await this.#shrinkStored();
    }
  }

  async #shrinkStored(): Promise<void> {
    for (const [run, stored] of this.#stored) {
      if (this.#stored.size <= MOST_STORED) return;
      this.#stored.delete(run);
      await stored.then((opened) => opened.dispose(), () => {});
    }
  }

  async shutDown(): Promise<void> {
    this.#starting?.abort.abort();
    await this.#startQueue;
    for (const run of new Set([...this.#live.keys(), ...this.#stored.keys()])) await this.close(run);
  }
}
