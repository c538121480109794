/**
 * The training loop: feeds the device chunk by chunk, tells what happens, hears commands, and keeps
 * snapshots to go on from. Everything that decides the numbers is in `RunState`; the rest is pace.
 */
import type { TokenCodings } from '../data/text/token-coding.ts';
import type { Backend, Feeds } from '../backends/backend.ts';
import { NO_CHOICES } from '../backends/choices.ts';
import { breathe } from '../data/breathe.ts';
import type { NodeId } from '../graph/document.ts';
import { sameText, type Text, TextError } from '../text.ts';
import type { NamedTensors } from '../interop/named-tensors.ts';
import type { RunCommand, RunEvent } from '../protocol.ts';
import { allSamples, batchIndex, epochOrder } from './batches.ts';
import { type Chunk, Pace, startChunk } from './chunks.ts';
import { batchTotals, DeviceModel } from './device-model.ts';
import { type Diagnosis, diagnose, replay, searchFailed, type StepFeeds } from './diagnose.ts';
import { type EpochMetrics, judgeEpoch, patienceIsOver, watchedMetric } from './early-stopping.ts';
import { freshSamples } from './fresh-samples.ts';
import { afterEpoch, learningRates, optimizerFeeds, optimizerState } from './learning-rate.ts';
import { addTotals, metricResults, metricValues, NO_TOTALS, optimizerSteps, stepKind, type Totals } from './model.ts';
import { evaluatePass } from './pass.ts';
import { type Experience, gatherExperience, NetworkPlayer, playedFigures, playedSamples } from './player.ts';
import type { Run, RunOptions, RunResult } from './run-contract.ts';
import { RunControls } from './run-controls.ts';
import { RunFiles } from './run-files.ts';
import type { RunPlan, RunWarning } from './run-plan.ts';
import type { RunState, Snapshot } from './run-state.ts';

/** Milliseconds of training after which a checkpoint is made in any case, so that little is lost with a device or a process, however long an epoch takes. */
const SNAPSHOT_MS = 30_000;

/** A loss, or a weight in front of `step`, that is not a number: the run cannot go on. */
class NonFinite extends Error {
  readonly step: number;
  readonly loss: number | undefined;
  constructor(step: number, loss?: number) {
    super(`Numbers that are not finite came up at step ${step}.`);
    this.name = 'NonFinite';
    this.step = step;
    this.loss = loss;
  }
}
interface RateChange {
  readonly step: number;
  readonly rate: number;
  /** All of them when left out. */
  readonly optimizer: NodeId | undefined;
}
type Rates = Readonly<Record<NodeId, number>>;
class DeviceLost extends TextError {}
/** A stop was asked for while the network played: the epoch has not begun. */
class StoppedPlaying extends Error {}
type Ending = 'finished' | 'early-stopped' | 'stopped';

export class TrainingRun implements Run {
  readonly #plan: RunPlan;
  readonly #options: RunOptions;
  readonly #files: RunFiles;
  readonly #feedsOf: (step: number, rates: Rates) => Feeds;
  #backend: Backend;
  #device: DeviceModel;
  /** Settled: what the events have told. */
  #state: RunState;
  #best: NamedTensors | undefined;
  #experience: Experience | undefined;
  #player: NetworkPlayer;
  #snapshot: Snapshot;
  #snapshotAt = performance.now();
  /** The snapshot that is on its way to the disk. */
  #writing: Promise<void> = Promise.resolve();
  #inFlight: Chunk[] = [];
  readonly #pace: Pace;
  readonly #controls = new RunControls();
  /** Learning rates set by hand since the snapshot, by the step that they came in front of. */
  #rateChanges: RateChange[] = [];
  #order: { readonly epoch: number; readonly indices: Int32Array } | undefined;
  #trainingMs = 0;
  #lost: Text | undefined;

  private constructor(plan: RunPlan, options: RunOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#pace = new Pace(options.chunkMs);
    this.#files = new RunFiles(options.files, options.outFolder, { document: plan.model.graph.doc, settings: plan.settings, classNames: plan.classNames, tokens: plan.tokens }, plan.resumedFrom);
    this.#feedsOf = optimizerFeeds(plan.model);
    this.#state = plan.start.state;
    this.#best = plan.start.best;
    this.#experience = plan.start.experience;
    this.#snapshot = plan.start;
    this.#backend = options.backend;
    this.#device = this.#newDevice(options.backend);
    this.#player = new NetworkPlayer(this.#device);
  }

  static async create(plan: RunPlan, options: RunOptions): Promise<TrainingRun> {
    const run = new TrainingRun(plan, options);
    await run.#device.writeTensors(plan.start);
    return run;
  }

  get parameters(): number { return this.#plan.model.parameters; }
  get stepsPerEpoch(): number { return this.#plan.stepsPerEpoch; }
  get totalSteps(): number { return this.#plan.totalSteps; }
  get totalEpochs(): number { return this.#plan.totalEpochs; }
  get stepsDone(): number { return this.#state.step; }
  get classNames(): readonly string[] | undefined { return this.#plan.classNames; }
  get tokens(): TokenCodings | undefined { return this.#plan.tokens; }
  get device(): DeviceModel { return this.#device; }

  async weights(): Promise<NamedTensors> {
    return (await this.#device.readTensors()).weights;
  }
  flushLog(): Promise<void> {
    return this.#files.flush();
  }
  dispose(): Promise<void> {
    return this.#device.dispose();
  }

  command(command: RunCommand): void {
    const { optimizers } = this.#plan.model;
    if (command.kind === 'learning-rate' && command.optimizer !== undefined && !optimizers.some(({ node }) => node === command.optimizer)) {
      const names = optimizers.map(({ node }) => node);
      this.#warn({ code: 'command-refused', text: { en: `A learning rate was asked for '${command.optimizer}', but the optimizers of this run are ${names.join(', ')}.`, zh: `要求为“${command.optimizer}”设置学习率，但本次运行的优化器是 ${names.join('、')}。` } });
      return;
    }
    const refused = this.#controls.take(command);
    if (refused !== undefined) this.#warn({ code: 'command-refused', text: refused });
  }

  #warn({ code, text }: RunWarning): void {
    this.#emit({ kind: 'warning', code, message: text.en, text });
  }
  #emit(event: RunEvent): void {
    this.#files.log(event);
    this.#options.onEvent(event);
  }

  #newDevice(backend: Backend): DeviceModel {
    backend.lost.then((reason) => {
      if (this.#backend === backend) this.#lost = reason;
    }, () => {});
    const { model, train, test } = this.#plan;
    return new DeviceModel(model, backend, test === undefined ? { train } : { train, test });
  }

  // The run -------------------------------------------------------------------------------------

  async run(): Promise<RunResult> {
    const { model, settings, stepsPerEpoch, totalEpochs, batchSize, trainIndices, testSamples, warnings } = this.#plan;
    await this.#files.begin(this.#state.step);
    await this.#record('running');
    const { threads } = this.#backend;
    const { why = sameText('') } = this.#options;
    this.#emit({
      kind: 'start', model: model.graph.doc.name, backend: this.#backend.name, device: this.#backend.device, ...(threads === undefined ? {} : { threads }), why: why.en, whyText: why, parameters: model.parameters,
      trainSamples: trainIndices.length, testSamples, batchSize, epochs: totalEpochs, stepsPerEpoch, seed: settings.seed,
    });
    for (const warning of warnings) this.#warn(warning);
    try {
      const ending = await this.#trainThroughLosses();
      return await this.#finish(ending);
    } catch (error) {
      await this.#abandon();
      if (error instanceof NonFinite) return await this.#fail(error);
      if (error instanceof DeviceLost) {
        const { checkpoint } = this.#files;
        return await this.#failed({
          code: 'device-lost', step: this.#state.step,
          text: { en: `${error.text.en} There is nothing to go on with.`, zh: `${error.text.zh}没有可以接替的设备。` },
          advice: checkpoint === undefined ? { en: 'Start again on another backend.', zh: '请换一个后端重新开始。' } : { en: `Resume from ${checkpoint} on another backend.`, zh: `请换一个后端，从 ${checkpoint} 继续。` },
        });
      }
      throw error;
    } finally {
      await this.#files.flush();
    }
  }

  /** A device that is lost is replaced, and the run goes on from its last snapshot. */
  async #trainThroughLosses(): Promise<Ending> {
    for (;;) {
      try {
        return await this.#train();
      } catch (error) {
        if (error instanceof NonFinite) throw error;
        // A device's loss may be told a moment after the call that failed by it.
        if (this.#lost === undefined) await Promise.race([this.#backend.lost, new Promise((resolve) => setTimeout(resolve, 200))]);
        if (this.#lost === undefined) throw error;
        await this.#replaceDevice(this.#lost);
      }
    }
  }

  async #replaceDevice(reason: Text): Promise<void> {
    await this.#abandon();
    const { device } = this.#backend;
    const replacement = await this.#options.onDeviceLost?.(reason);
    if (replacement === undefined) throw new DeviceLost({ en: `${device} was lost at step ${this.#state.step}: ${reason.en}.`, zh: `${device} 在第 ${this.#state.step} 步丢失：${reason.zh}。` });
    const { state } = this.#snapshot;
    this.#warn({ code: 'device-lost', text: {
      en: `${device} was lost: ${reason.en}. The run goes on with ${replacement.device} from step ${state.step}.`,
      zh: `${device} 已丢失：${reason.zh}。运行改用 ${replacement.device}，从第 ${state.step} 步继续。`,
    } });
    this.#lost = undefined;
    this.#backend = replacement;
    this.#device = this.#newDevice(replacement);
    this.#player = new NetworkPlayer(this.#device);
    // Rates that were set by hand since then are still what is wanted.
    const changes = this.#rateChanges;
    await this.#restore(this.#snapshot);
    for (const { rate, optimizer } of changes) this.#controls.take({ kind: 'learning-rate', value: rate, ...(optimizer === undefined ? {} : { optimizer }) });
  }

  async #restore(snapshot: Snapshot): Promise<void> {
    if (snapshot.convolutions !== undefined) this.#backend.choices?.tell({ ...NO_CHOICES, convolutions: snapshot.convolutions });
    await this.#device.writeTensors(snapshot);
    this.#state = snapshot.state;
    this.#best = snapshot.best;
    this.#experience = snapshot.experience;
    this.#order = undefined;
    this.#rateChanges = [];
    this.#pace.reset();
  }

  async #train(): Promise<Ending> {
    const { settings, totalSteps, stepsPerEpoch, batchSize } = this.#plan;
    // A run that was stopped while it was evaluating has its epoch's end still to come.
    const isOpen = (): boolean => this.#state.step < totalSteps || this.#state.batch === stepsPerEpoch;
    if (!isOpen()) return 'finished';
    if (patienceIsOver(this.#state.early, settings.earlyStopping)) return 'early-stopped';
    // From the first moment on there is something to go on from. The first step need not wait until the disk has it; the next one does.
    if (!this.#files.holds(this.#state)) {
      await this.#takeSnapshot();
      this.#writeSnapshot().catch(() => {});
    }
    this.#emit({ kind: 'phase', phase: 'compiling' });
    // The smaller last batch's program is compiled when its turn comes: the first step need not wait for it.
    await this.#device.training(batchSize);
    this.#emit({ kind: 'phase', phase: 'training' });
    while (isOpen()) {
      const stopped = await this.#epoch(Math.min(stepsPerEpoch, this.#state.batch + totalSteps - this.#state.step));
      if (stopped || !(await this.#endEpoch())) return 'stopped';
      if (patienceIsOver(this.#state.early, settings.earlyStopping)) return 'early-stopped';
    }
    return 'finished';
  }

  /** Issues and settles the current epoch's batches up to `until`. True when it was stopped on the way. */
  async #epoch(until: number): Promise<boolean> {
    let order: Int32Array;
    try {
      order = await this.#epochIndices();
    } catch (error) {
      if (error instanceof StoppedPlaying) return true;
      throw error;
    }
    let next = this.#state;
    this.#pace.restart();
    while (next.batch < until) {
      if (this.#lost !== undefined) throw new DeviceLost(this.#lost);
      if (this.#controls.stopping || this.#controls.waiting) {
        await this.#drain();
        if (this.#controls.stopping) return true;
        await this.#pause();
        continue;
      }
      for (const { value: rate, optimizer } of this.#controls.takeRates()) {
        const change = { step: next.step, rate, optimizer };
        this.#rateChanges.push(change);
        next = this.#withRate(next, change);
      }
      const chunk = await this.#issue(order, next, until);
      next = { ...next, step: next.step + chunk.steps, batch: next.batch + chunk.steps };
      this.#inFlight.push(chunk);
      // A GPU has its next chunk before it ends one; a CPU backend computes in the call itself.
      const most = this.#backend.name === 'webgpu' && !this.#controls.paused ? 2 : 1;
      while (this.#inFlight.length >= most) await this.#settle();
      if (this.#atCheckpoint(next.step)) {
        await this.#drain();
        // The end of an epoch makes a checkpoint of its own.
        if (next.batch < this.#plan.stepsPerEpoch) await this.#saveSnapshot();
      } else if (performance.now() - this.#snapshotAt > (this.#options.snapshotMs ?? SNAPSHOT_MS)) {
        await this.#drain();
        await this.#saveSnapshot();
      }
      await breathe();
    }
    await this.#drain();
    return false;
  }

  async #pause(): Promise<void> {
    this.#emit({ kind: 'phase', phase: 'paused' });
    await this.#files.flush();
    await this.#controls.untilWoken();
    this.#pace.restart();
    if (!this.#controls.paused) this.#emit({ kind: 'phase', phase: 'training' });
  }

  #atCheckpoint(step: number): boolean {
    const every = this.#plan.settings.checkpointEverySteps;
    return every !== undefined && step % every === 0;
  }

  async #epochIndices(): Promise<Int32Array> {
    const { settings, trainIndices, validationIndices, train } = this.#plan;
    const { epoch } = this.#state;
    if (this.#order?.epoch !== epoch) {
      if (epoch > 0 && this.#options.refresh !== undefined) {
        this.#emit({ kind: 'phase', phase: 'loading', detail: { en: `fresh samples for epoch ${epoch + 1}`, zh: `第 ${epoch + 1} 轮的新样本` } });
        await this.#device.replaceSamples('train', freshSamples(train, await this.#options.refresh(epoch), validationIndices));
        this.#emit({ kind: 'phase', phase: 'training' });
      }
      await this.#playEpoch(epoch);
      this.#order = { epoch, indices: epochOrder(trainIndices, settings.shuffle, settings.seed, epoch) };
    }
    return this.#order.indices;
  }

  #withRate(state: RunState, { rate, optimizer: wanted }: RateChange): RunState {
    const optimizers = Object.fromEntries(this.#plan.model.optimizers.map((optimizer) => {
      const own = optimizerState(state.optimizers, optimizer);
      return [optimizer.node, wanted === undefined || wanted === optimizer.node ? { ...own, baseLearningRate: rate } : own];
    }));
    return { ...state, optimizers };
  }

  /** A run's environments give what the network makes of them as it is at the epoch's beginning; one that is resumed within it has that with it. */
  async #playEpoch(epoch: number): Promise<void> {
    const { playables, settings } = this.#plan;
    if (Object.keys(playables).length === 0) return;
    if (this.#experience?.epoch !== epoch) {
      this.#emit({ kind: 'phase', phase: 'loading', detail: { en: `episodes for epoch ${epoch + 1}, played by the network`, zh: `第 ${epoch + 1} 轮的回合，由网络来玩` } });
      const mayGoOn = (): void => {
        if (this.#controls.stopping) throw new StoppedPlaying();
      };
      this.#experience = await gatherExperience(this.#player, playables, { epoch, seed: settings.seed, before: this.#experience, mayGoOn });
      this.#emit({ kind: 'phase', phase: 'training' });
    }
    await this.#device.replaceSamples('train', playedSamples(this.#experience));
  }

  /** Starts as many steps as fit the time, but not past the epoch, a checkpoint, a smaller batch or a step of another kind. */
  async #issue(order: Int32Array, from: RunState, until: number): Promise<Chunk> {
    const { batchSize, settings } = this.#plan;
    const whole = Math.floor(order.length / batchSize);
    const every = settings.checkpointEverySteps;
    const limits = [this.#controls.takeSingleStep() ? 1 : this.#pace.steps, until - from.batch, every === undefined ? Infinity : every - (from.step % every), from.batch < whole ? whole - from.batch : 1];
    const count = Math.min(...limits);
    const { model } = this.#plan;
    const kind = stepKind(model, from.step + 1);
    let alike = 1;
    while (alike < count && stepKind(model, from.step + alike + 1) === kind) alike++;
    const batch = await this.#device.training(from.batch < whole ? batchSize : order.length - whole * batchSize, from.step + 1);
    const rates: Rates[] = [];
    const feeds = Array.from({ length: alike }, (_, i) => {
      const { feeds: own, rates: all } = this.#stepFeeds(order, { ...from, step: from.step + i, batch: from.batch + i });
      rates.push(all);
      return own;
    });
    return startChunk(batch, from, feeds, rates);
  }

  /** What the step after `state` is fed: a function of the state alone, so that any step can be done again. */
  #stepFeeds(order: Int32Array, state: RunState): { readonly feeds: Feeds; readonly rates: Rates } {
    const { model, totalSteps, totalEpochs, batchSize, settings } = this.#plan;
    const rates = learningRates(model, { ...state, totalSteps, totalEpochs });
    const step = state.step + 1;
    return { rates, feeds: { index: batchIndex(order, batchSize, state.batch), seed: settings.seed | 0, step, ...this.#feedsOf(step, rates) } };
  }

  async #drain(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#settle();
  }

  /** Waits for what is in flight and forgets it. */
  async #abandon(): Promise<void> {
    const chunks = this.#inFlight;
    this.#inFlight = [];
    await Promise.allSettled([...chunks.map((chunk) => chunk.done), this.#writing]);
  }

  /** Waits for the oldest chunk and tells its steps. */
  async #settle(): Promise<void> {
    const chunk = this.#inFlight[0];
    if (chunk === undefined) return;
    const outputs = await chunk.done;
    this.#inFlight.shift();
    const { model } = this.#plan;
    this.#trainingMs += this.#pace.settled(chunk);
    outputs.forEach((output, i) => {
      const step = chunk.first.step + i + 1;
      const loss = output['loss']?.[0] ?? Number.NaN;
      if (!Number.isFinite(loss)) throw new NonFinite(step, loss);
      const own = batchTotals(model, chunk.batch.program, output);
      const totals = addTotals(model, this.#state.totals, own);
      this.#state = { ...this.#state, step, batch: chunk.first.batch + i + 1, optimizers: chunk.first.optimizers, totals };
      const rates = chunk.rates[i] ?? {};
      this.#emit({ kind: 'step', step, epoch: this.#state.epoch + 1, loss, learningRate: rates[model.optimizers[0]?.node ?? ''] ?? 0, ...(model.optimizers.length > 1 ? { optimizers: optimizerSteps(model, own, step, rates) } : {}) });
    });
    await this.#writing;
    await this.#files.flushSometimes();
  }

  // Epoch ends, snapshots, results ------------------------------------------------------------------

  /** False when it was stopped on the way; the epoch's end is then still to come. */
  async #endEpoch(): Promise<boolean> {
    const { model, settings, stepsPerEpoch, totalSteps } = this.#plan;
    const state = this.#state;
    const evaluated = await this.#evaluations();
    if (evaluated === undefined) return false;
    const metrics: EpochMetrics = { train: { ...metricValues(model, state.totals), ...(this.#experience === undefined ? {} : playedFigures(this.#experience)) }, ...evaluated };
    const seconds = this.#trainingMs / 1000;
    this.#trainingMs = 0;
    this.#emit({ kind: 'epoch', epoch: state.epoch + 1, step: state.step, ...metrics, seconds, samplesPerSecond: seconds > 0 ? state.totals.samples / seconds : 0 });
    if (state.batch < stepsPerEpoch) {
      // Steps that end within an epoch: told like one, but the run could go on from its middle.
      this.#state = { ...state, lastEpoch: metrics };
    } else {
      const judged = settings.earlyStopping === undefined ? undefined : judgeEpoch(state.early, metrics, this.#watched(settings.earlyStopping, metrics));
      if (judged?.improved === true) this.#best = (await this.#device.readTensors()).weights;
      this.#state = {
        ...state, epoch: state.epoch + 1, batch: 0, totals: NO_TOTALS, lastEpoch: metrics, early: judged?.state ?? state.early,
        optimizers: afterEpoch(model, state.optimizers, (name) => watchedMetric(metrics, name)),
      };
    }
    const isLast = this.#state.step >= totalSteps || this.#controls.stopping || patienceIsOver(this.#state.early, settings.earlyStopping);
    await (!isLast && this.#files.maySkip(this.#state.epoch) ? this.#takeSnapshot() : this.#saveSnapshot());
    await breathe();
    return true;
  }

  /** The loss in place of a metric that is not measured. */
  #watched<E extends { readonly metric?: string }>(early: E, metrics: EpochMetrics): E {
    const { metric } = early;
    if (metric === undefined || !Number.isNaN(watchedMetric(metrics, metric))) return early;
    if (this.#state.epoch === 0) {
      const known = Object.keys(metrics.validation ?? metrics.train).join(', ');
      this.#warn({ code: 'early-stopping-metric', text: {
        en: `Early stopping is to watch '${metric}', which this run does not measure; it watches the loss. Measured are ${known}.`,
        zh: `提前停止应监视“${metric}”，但本次运行没有测量它，因此改为监视损失。已测量的有 ${known}。`,
      } });
    }
    return { ...early, metric: 'loss' };
  }

  /** Undefined when a stop was asked for meanwhile. */
  async #evaluations(): Promise<Omit<EpochMetrics, 'train'> | undefined> {
    const { model, validationIndices, test, testSamples, batchSize } = this.#plan;
    if (validationIndices.length === 0 && test === undefined) return {};
    this.#emit({ kind: 'phase', phase: 'evaluating' });
    const { chunkMs } = this.#options;
    const options = { batchSize, cancelled: () => this.#controls.stopping, ...(chunkMs === undefined ? {} : { chunkMs }) };
    const validation = validationIndices.length === 0 ? undefined : await evaluatePass(this.#device, 'train', validationIndices, options);
    const tested = test === undefined ? undefined : await evaluatePass(this.#device, 'test', allSamples(testSamples), options);
    if (this.#controls.stopping && ((validationIndices.length > 0 && validation === undefined) || (test !== undefined && tested === undefined))) return undefined;
    this.#tellTables(tested ?? validation);
    this.#emit({ kind: 'phase', phase: 'training' });
    return { ...(validation === undefined ? {} : { validation: metricValues(model, validation) }), ...(tested === undefined ? {} : { test: metricValues(model, tested) }) };
  }

  #tellTables(totals: Totals | undefined): void {
    if (totals === undefined) return;
    for (const { node, result } of metricResults(this.#plan.model, totals)) {
      if (result.table !== undefined) this.#emit({ kind: 'tensor', step: this.#state.step, node, ...result.table });
    }
  }

  /** With everything settled: a copy of all that the run is, in memory, and on disk when there is a folder for it. */
  async #saveSnapshot(): Promise<void> {
    await this.#takeSnapshot();
    await this.#writeSnapshot();
  }

  /** One after the other. */
  #writeSnapshot(): Promise<void> {
    const snapshot = this.#snapshot;
    this.#writing = this.#writing.then(async () => {
      const path = await this.#files.save(snapshot);
      if (path !== undefined) this.#emit({ kind: 'checkpoint', step: snapshot.state.step, path });
    });
    return this.#writing;
  }

  async #takeSnapshot(): Promise<void> {
    const tensors = await this.#device.readTensors();
    // The loss is that before the update: an update that went wrong shows here first, and must not become a checkpoint.
    if (Object.values(tensors.weights).some(({ data }) => !data.every(Number.isFinite))) throw new NonFinite(this.#state.step + 1);
    this.#snapshot = { state: this.#state, ...tensors, best: this.#best, experience: this.#experience, convolutions: this.#backend.choices?.used.convolutions };
    this.#snapshotAt = performance.now();
    this.#rateChanges = [];
  }

  async #finish(ending: Ending): Promise<RunResult> {
    const { settings } = this.#plan;
    if (ending === 'stopped' && !this.#files.holds(this.#state)) await this.#saveSnapshot();
    let metrics = this.#state.lastEpoch;
    if (ending !== 'stopped' && settings.earlyStopping !== undefined && this.#best !== undefined) {
      await this.#device.writeTensors({ weights: this.#best, moments: {} });
      metrics = this.#state.early.bestMetrics ?? metrics;
    }
    if (ending !== 'stopped') {
      this.#emit({ kind: 'phase', phase: 'saving' });
      await this.#files.saveWeights(await this.weights());
    }
    await this.#record(ending, metrics);
    this.#emit({ kind: 'phase', phase: ending === 'stopped' ? 'stopped' : 'done', ...(ending === 'early-stopped' ? { detail: { en: 'early stopping', zh: '提前停止' } } : {}) });
    return this.#result(ending, metrics);
  }

  #result(outcome: RunResult['outcome'], metrics: EpochMetrics | null): RunResult {
    const { step, epoch } = this.#state;
    return { outcome, steps: step, epochs: epoch, train: metrics?.train, validation: metrics?.validation, test: metrics?.test, checkpoint: this.#files.checkpoint };
  }

  /** Finds the node that went first: back to the last snapshot, forward to the step before, and look. */
  async #fail({ step, loss }: NonFinite): Promise<RunResult> {
    const changes = this.#rateChanges;
    const withRates = (at: RunState): RunState => changes.filter((change) => change.step <= at.step).reduce((state, change) => this.#withRate(state, change), at);
    let found: Diagnosis;
    try {
      await this.#restore(this.#snapshot);
      const order = await this.#epochIndices();
      const feedsOf = (at: RunState): StepFeeds => {
        const { feeds } = this.#stepFeeds(order, withRates(at));
        return { feeds, batch: Math.min(this.#plan.batchSize, order.length - at.batch * this.#plan.batchSize) };
      };
      this.#state = await replay(this.#device, this.#snapshot.state, step, feedsOf);
      found = await diagnose(this.#device, step, feedsOf(this.#state), loss);
    } catch (error) {
      found = searchFailed(step, error);
    }
    return this.#failed({ code: 'loss-not-finite', text: { en: `${found.text.en}.`, zh: `${found.text.zh}。` }, step, advice: found.advice, ...(found.node === undefined ? {} : { node: found.node }) });
  }

  async #failed({ text, advice, ...rest }: { code: string; text: Text; node?: NodeId; step: number; advice: Text }): Promise<RunResult> {
    const error = { ...rest, message: text.en, text, advice: advice.en, adviceText: advice };
    this.#emit({ kind: 'error', ...error });
    await this.#record('failed');
    return { ...this.#result('failed', this.#state.lastEpoch), error };
  }

  async #record(outcome: RunResult['outcome'] | 'running', metrics: EpochMetrics | null = this.#state.lastEpoch): Promise<void> {
    const { model, settings, classNames, tokens } = this.#plan;
    const { threads, choices } = this.#backend;
    await this.#files.record({
      format: 'netloom-run', version: 1, model: model.graph.doc.name, outcome, backend: this.#backend.name, device: this.#backend.device, ...(threads === undefined ? {} : { threads }), settings, parameters: model.parameters,
      steps: this.#state.step, epochs: this.#state.epoch, classNames: classNames ?? null, ...(tokens === undefined ? {} : { tokens }), ...(choices === undefined ? {} : { choices: choices.used }),
      train: metrics?.train ?? null, validation: metrics?.validation ?? null, test: metrics?.test ?? null,
    });
  }
}
