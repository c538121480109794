/**
 * Starting a run: what is asked for is checked against the graph, the data and, when it resumes, the
 * checkpoint; then the loop takes over. Everything that can be wrong with the input is thrown here.
 */
import { NO_CHOICES } from '../backends/choices.ts';
import { type Split, timeSplit, validationSplit } from '../data/split.ts';
import type { TokenCodings } from '../data/text/token-coding.ts';
import type { Text } from '../text.ts';
import { allSamples, batchesOf } from './batches.ts';
import { requireLabels, requireSources } from './check-data.ts';
import { type Checkpoint, CheckpointError, findCheckpoint, namedOptimizers } from './checkpoint.ts';
import { DataError, momentKey, sampleCount, splitOf } from './device-model.ts';
import { type TrainModel, trainModel } from './model.ts';
import type { Run, RunOptions, RunSettings } from './run-contract.ts';
import { TrainingRun } from './run-loop.ts';
import type { RunPlan, RunWarning } from './run-plan.ts';
import { FIRST_STATE, type Snapshot } from './run-state.ts';
import { completeTensors, initialTensors, replaceTensors } from './weights.ts';

export async function createRun(options: RunOptions): Promise<Run> {
  const model = trainModel(options.graph);
  if (model.optimizers.length === 0 || options.graph.losses.length === 0) throw new DataError({ en: 'A graph without a loss and an optimizer cannot be trained; `netloom check` says what it lacks.', zh: '没有损失和优化器的图无法训练；“问题”面板会指出缺少什么。' });
  const warnings: RunWarning[] = [];
  const resumed = options.resume === undefined ? undefined
    : await findCheckpoint(options.files, options.resume, (error) => warnings.push({ code: 'checkpoint-refused', text: error.text }));
  // The bits stay those of a run that never stopped.
  if (resumed?.snapshot.convolutions !== undefined) options.backend.choices?.tell({ ...NO_CHOICES, convolutions: resumed.snapshot.convolutions });
  const settings = resumed === undefined ? options.settings : settingsOfResumed(options.settings, resumed, warnings);
  requireSettings(settings);

  const train = splitOf(options.data, 'train');
  if (train === undefined) throw new DataError({ en: 'There is no training data.', zh: '没有训练数据。' });
  const test = splitOf(options.data, 'test');
  for (const [samples, what] of [[train, 'training'], [test, 'test']] as const) {
    if (samples === undefined) continue;
    requireSources(model, samples, what);
    requireLabels(model, samples, what);
  }
  const testSamples = test === undefined ? 0 : sampleCount(test, 'test');
  const count = sampleCount(train, 'training');
  const split = splitTraining(options.data, count, settings);

  const batchSize = Math.min(settings.batchSize, split.train.length);
  const stepsPerEpoch = batchesOf(split.train.length, batchSize);
  const totalSteps = settings.steps ?? settings.epochs * stepsPerEpoch;
  const plan: RunPlan = {
    model, settings, train, test, testSamples, trainIndices: split.train, validationIndices: split.validation,
    batchSize, stepsPerEpoch, totalSteps, totalEpochs: Math.ceil(totalSteps / stepsPerEpoch),
    classNames: Object.values(options.data).find((loaded) => loaded.classNames !== undefined)?.classNames,
    tokens: codingsOf(options.data),
    playables: Object.fromEntries(Object.entries(options.data).flatMap(([node, { playable }]) => (playable === undefined ? [] : [[node, playable]]))),
    start: resumed === undefined ? freshStart(model, options) : resumedStart(model, resumed, stepsPerEpoch),
    resumedFrom: resumed?.path, warnings,
  };
  return TrainingRun.create(plan, options);
}

function codingsOf(data: RunOptions['data']): TokenCodings | undefined {
  const codings = Object.entries(data).flatMap(([node, { tokens = {} }]) => Object.entries(tokens).map(([port, coding]) => [`${node}.${port}`, coding] as const));
  return codings.length === 0 ? undefined : Object.fromEntries(codings);
}

/** What is trained on and what is held back. Where any source is a time series, nothing that overlaps the validation part is trained on. */
function splitTraining(data: RunOptions['data'], count: number, { validationSplit: share, seed }: RunSettings): Split {
  if (share === 0) return { train: allSamples(count), validation: new Int32Array(0) };
  const overlaps = Object.values(data).flatMap(({ overlap }) => (overlap === undefined ? [] : [overlap]));
  if (overlaps.length === 0) return validationSplit(count, share, seed);
  const overlap = Math.max(...overlaps);
  const split = timeSplit(count, share, overlap);
  if (split.train.length === 0) throw new DataError({ en: `Of ${count} samples that follow each other in time, ${split.validation.length} are held back for validation, and the ${overlap} in front of them share numbers with those: none is left to train on. Take more samples, or a smaller validation share.`, zh: `在 ${count} 个按时间相继的样本中，${split.validation.length} 个留作验证，其前 ${overlap} 个与之有重叠的数据，因此没有样本可供训练。请增加样本，或减小验证集比例。` });
  return split;
}

function requireSettings(settings: RunSettings): void {
  const whole = (name: Text, value: number, least: number): void => {
    if (!Number.isInteger(value) || value < least) throw new DataError({ en: `${name.en} is ${value}, but must be a whole number of at least ${least}.`, zh: `${name.zh}是 ${value}，但必须是不小于 ${least} 的整数。` });
  };
  whole({ en: 'The batch size', zh: '批次大小' }, settings.batchSize, 1);
  if (settings.steps === undefined) whole({ en: 'The number of epochs', zh: '轮数' }, settings.epochs, 0);
  else whole({ en: 'The number of steps', zh: '步数' }, settings.steps, 0);
  if (settings.checkpointEverySteps !== undefined) whole({ en: 'The number of steps between checkpoints', zh: '检查点之间的步数' }, settings.checkpointEverySteps, 1);
  if (!Number.isInteger(settings.seed)) throw new DataError({ en: `The seed is ${settings.seed}, but must be a whole number.`, zh: `随机种子是 ${settings.seed}，但必须是整数。` });
  if (!(settings.validationSplit >= 0 && settings.validationSplit < 1)) throw new DataError({ en: `The validation share is ${settings.validationSplit}, but must be at least 0 and below 1.`, zh: `验证集比例是 ${settings.validationSplit}，但必须不小于 0 且小于 1。` });
}

function freshStart(model: TrainModel, options: RunOptions): Snapshot {
  const own = initialTensors(model.layout, options.settings.seed);
  return { state: FIRST_STATE, weights: options.initWeights === undefined ? own : replaceTensors(own, options.initWeights), moments: {}, best: undefined, experience: undefined, convolutions: undefined };
}

/**
 * What a run is made of must stay what it was, or it would not be the same run; how long it goes on
 * may change. Differences are told, not obeyed.
 */
function settingsOfResumed(wanted: RunSettings, { settings: own, path }: Checkpoint, warnings: RunWarning[]): RunSettings {
  const fixed = { batchSize: own.batchSize, seed: own.seed, shuffle: own.shuffle, validationSplit: own.validationSplit };
  const changed = (['batchSize', 'seed', 'shuffle', 'validationSplit'] as const).filter((name) => wanted[name] !== own[name]);
  if (changed.length > 0) {
    warnings.push({ code: 'resume-settings', text: { en: `The run goes on as ${path} has it: ${changed.map((name) => `${name} ${String(own[name])} (asked for was ${String(wanted[name])})`).join(', ')}.`, zh: `运行按 ${path} 中的设置继续：${changed.map((name) => `${name} ${String(own[name])}（要求的是 ${String(wanted[name])}）`).join('，')}。` } });
  }
  return { ...wanted, ...fixed };
}

function resumedStart(model: TrainModel, { snapshot, path }: Checkpoint, stepsPerEpoch: number): Snapshot {
  const { state } = snapshot;
  if (state.epoch * stepsPerEpoch + state.batch !== state.step) {
    throw new CheckpointError({ en: `Checkpoint ${path} is at step ${state.step}, epoch ${state.epoch}, batch ${state.batch}; with this data an epoch has ${stepsPerEpoch} steps, which does not fit. Resume with the data that the run began with.`, zh: `检查点 ${path} 位于第 ${state.step} 步、第 ${state.epoch} 轮、第 ${state.batch} 批；而用现在的数据每轮有 ${stepsPerEpoch} 步，两者不符。请使用该运行开始时的数据继续。` });
  }
  const { optimizers, layout } = model;
  const weights = completeTensors(layout, snapshot.weights);
  for (const { moment, entries } of optimizers.flatMap(({ rule, params, arenas }) => rule.moments(params).map((name) => ({ moment: name, entries: arenas.flatMap((arena) => arena.entries) })))) {
    const lacking = entries.find((entry) => snapshot.moments[momentKey(moment, entry.key)]?.data.length !== entry.count);
    if (lacking !== undefined) throw new CheckpointError({ en: `Checkpoint ${path} has no '${moment}' of the optimizer for '${lacking.key}': it was trained with another optimizer or another choice of frozen nodes. Start a new run with its weights instead (--init).`, zh: `检查点 ${path} 中没有优化器为“${lacking.key}”保存的“${moment}”：它是用另一种优化器，或在冻结其他节点的情况下训练的。请改为用它的权重开始新的运行。` });
  }
  return { ...snapshot, state: namedOptimizers(state, optimizers.map(({ node }) => node)), weights };
}
