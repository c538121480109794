/**
 * Starting a run: what is asked for is checked against the graph, the data and, when it resumes, the
 * checkpoint; then the loop takes over. Everything that can be wrong with the input is thrown here.
 */
import { validationSplit } from '../data/split.ts';
import { allSamples, batchesOf } from './batches.ts';
import { requireLabels, requireSources } from './check-data.ts';
import { type Checkpoint, CheckpointError, findCheckpoint } from './checkpoint.ts';
import { DataError, momentKey, sampleCount, splitOf } from './device-model.ts';
import { type TrainModel, trainModel } from './model.ts';
import type { Run, RunOptions, RunSettings } from './run-contract.ts';
import { TrainingRun } from './run-loop.ts';
import type { RunPlan } from './run-plan.ts';
import { FIRST_STATE, type Snapshot } from './run-state.ts';
import { completeTensors, initialTensors, replaceTensors } from './weights.ts';

export async function createRun(options: RunOptions): Promise<Run> {
  const model = trainModel(options.graph);
  if (model.optimizer === undefined || options.graph.losses.length === 0) throw new DataError('A graph without a loss and an optimizer cannot be trained; `netloom check` says what it lacks.');
  const warnings: { code: string; message: string }[] = [];
  const resumed = options.resume === undefined ? undefined
    : await findCheckpoint(options.files, options.resume, (error) => warnings.push({ code: 'checkpoint-refused', message: error.message }));
  const settings = resumed === undefined ? options.settings : settingsOfResumed(options.settings, resumed, warnings);
  requireSettings(settings);

  const train = splitOf(options.data, 'train');
  if (train === undefined) throw new DataError('There is no training data.');
  const test = splitOf(options.data, 'test');
  for (const [samples, what] of [[train, 'training'], [test, 'test']] as const) {
    if (samples === undefined) continue;
    requireSources(model, samples, what);
    requireLabels(model, samples, what);
  }
  const testSamples = test === undefined ? 0 : sampleCount(test, 'test');
  const count = sampleCount(train, 'training');
  const split = settings.validationSplit > 0 ? validationSplit(count, settings.validationSplit, settings.seed) : { train: allSamples(count), validation: new Int32Array(0) };

  const batchSize = Math.min(settings.batchSize, split.train.length);
  const stepsPerEpoch = batchesOf(split.train.length, batchSize);
  const totalSteps = settings.steps ?? settings.epochs * stepsPerEpoch;
  const plan: RunPlan = {
    model, settings, train, test, testSamples, trainIndices: split.train, validationIndices: split.validation,
    batchSize, stepsPerEpoch, totalSteps, totalEpochs: Math.ceil(totalSteps / stepsPerEpoch),
    classNames: Object.values(options.data).find((loaded) => loaded.classNames !== undefined)?.classNames,
    start: resumed === undefined ? freshStart(model, options) : resumedStart(model, resumed, stepsPerEpoch),
    resumedFrom: resumed?.path, warnings,
  };
  return TrainingRun.create(plan, options);
}

function requireSettings(settings: RunSettings): void {
  const whole = (name: string, value: number, least: number): void => {
    if (!Number.isInteger(value) || value < least) throw new DataError(`${name} is ${value}, but must be a whole number of at least ${least}.`);
  };
  whole('The batch size', settings.batchSize, 1);
  if (settings.steps === undefined) whole('The number of epochs', settings.epochs, 0);
  else whole('The number of steps', settings.steps, 0);
  if (settings.checkpointEverySteps !== undefined) whole('The number of steps between checkpoints', settings.checkpointEverySteps, 1);
  if (!Number.isInteger(settings.seed)) throw new DataError(`The seed is ${settings.seed}, but must be a whole number.`);
  if (!(settings.validationSplit >= 0 && settings.validationSplit < 1)) throw new DataError(`The validation share is ${settings.validationSplit}, but must be at least 0 and below 1.`);
}

function freshStart(model: TrainModel, options: RunOptions): Snapshot {
  const own = initialTensors(model.layout, options.settings.seed);
  return { state: FIRST_STATE, weights: options.initWeights === undefined ? own : replaceTensors(own, options.initWeights), moments: {}, best: undefined };
}

/**
 * What a run is made of must stay what it was, or it would not be the same run; how long it goes on
 * may change. Differences are told, not obeyed.
 */
function settingsOfResumed(wanted: RunSettings, { settings: own, path }: Checkpoint, warnings: { code: string; message: string }[]): RunSettings {
  const fixed = { batchSize: own.batchSize, seed: own.seed, shuffle: own.shuffle, validationSplit: own.validationSplit };
  const changed = (['batchSize', 'seed', 'shuffle', 'validationSplit'] as const).filter((name) => wanted[name] !== own[name]);
  if (changed.length > 0) {
    warnings.push({ code: 'resume-settings', message: `The run goes on as ${path} has it: ${changed.map((name) => `${name} ${String(own[name])} (asked for was ${String(wanted[name])})`).join(', ')}.` });
  }
  return { ...wanted, ...fixed };
}

function resumedStart(model: TrainModel, { snapshot, path }: Checkpoint, stepsPerEpoch: number): Snapshot {
  const { state } = snapshot;
  if (state.epoch * stepsPerEpoch + state.batch !== state.step) {
    throw new CheckpointError(`Checkpoint ${path} is at step ${state.step}, epoch ${state.epoch}, batch ${state.batch}; with this data an epoch has ${stepsPerEpoch} steps, which does not fit. Resume with the data that the run began with.`);
  }
  const { optimizer, layout } = model;
  const weights = completeTensors(layout, snapshot.weights);
  for (const moment of optimizer?.rule.moments(optimizer.params) ?? []) {
    const lacking = layout.entries.find((entry) => entry.trainable && snapshot.moments[momentKey(moment, entry.key)]?.data.length !== entry.count);
    if (lacking !== undefined) throw new CheckpointError(`Checkpoint ${path} has no '${moment}' of the optimizer for '${lacking.key}': it was trained with another optimizer or another choice of frozen nodes. Start a new run with its weights instead (--init).`);
  }
  return { ...snapshot, weights };
}
