/**
 * Every sample of a split judged by a model: its loss, its class, how sure the model is. The loss of
 * a sample is that of a batch which has it alone, computed for a whole batch at once: the loss node's
 * own lowering, with its sum over the batch left undone.
 */
import { Builder } from '../tensor/builder.ts';
import { makeProgram, type ReduceFn, type Value } from '../tensor/ir.ts';
import { allSamples } from './batches.ts';
import { classifierOf, probabilitiesOf, targetClasses } from './classifier.ts';
import { batchTotals, type CompiledBatch, type DeviceModel, type SplitName } from './device-model.ts';
import { addTotals, metricValues, NO_TOTALS, type TrainModel } from './model.ts';
import { type PassOptions, passOver } from './pass.ts';
import type { MetricValues } from '../protocol.ts';
import { type BatchProgram, gathered, type Lowering, lowerModel, reports, type SampleLayouts } from './step.ts';

export interface Judgement {
  readonly metrics: MetricValues;
  /** One entry per sample. */
  readonly losses: Float32Array;
  /** Of classifiers alone. */
  readonly targets?: Int32Array;
  readonly classes?: Int32Array;
  /** Probability of the predicted class. */
  readonly confidences?: Float32Array;
  readonly classCount: number;
}

const LOSS = 'sample.loss';
const TARGET = 'sample.target';
const CLASS = 'sample.class';
const CONFIDENCE = 'sample.confidence';

export class Judge {
  readonly #device: DeviceModel;
  readonly #compiled = new Map<string, Promise<CompiledBatch>>();

  constructor(device: DeviceModel) {
    this.#device = device;
  }

  /** Undefined when cancelled. */
  async judge(split: SplitName, samples: number, options: PassOptions): Promise<Judgement | undefined> {
    const { model } = this.#device;
    const classifier = classifierOf(model.graph);
    let totals = NO_TOTALS;
    const losses = new Float32Array(samples);
    const targets = new Int32Array(samples);
    const classes = new Int32Array(samples);
    const confidences = new Float32Array(samples);
    const whole = await passOver(allSamples(samples), options, (batch) => this.#batch(split, batch), ({ program }, outputs, first) => {
      totals = addTotals(model, totals, batchTotals(model, program, outputs));
      for (const [name, all] of [[LOSS, losses], [TARGET, targets], [CLASS, classes], [CONFIDENCE, confidences]] as const) {
        const part = outputs[name];
        if (part !== undefined) all.set(part, first);
      }
    });
    if (!whole) return undefined;
    return { metrics: metricValues(model, totals), losses, classCount: classifier?.classes ?? 0, ...(classifier === undefined ? {} : { targets, classes, confidences }) };
  }

  #batch(split: SplitName, batch: number): Promise<CompiledBatch> {
    const key = `${split} ${batch}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = this.#device.own(() => judgingProgram(this.#device.model, this.#device.layoutsOf(split), split, batch));
    this.#compiled.set(key, compiled);
    return compiled;
  }
}

/** Sums over everything stop in front of the batch axis while `perSample` is on. */
class SampleBuilder extends Builder {
  perSample = false;
  override reduce(fn: ReduceFn, x: Value, axes?: readonly number[], keep = false): Value {
    return super.reduce(fn, x, this.perSample && axes === undefined ? x.shape.slice(1).map((_, i) => i + 1) : axes, keep);
  }
}

function judgingProgram(model: TrainModel, layouts: SampleLayouts, split: string, batch: number): BatchProgram {
  const b = new SampleBuilder();
  const lowering = lowerModel(model, b, gathered(b, layouts, split, batch), { batch, goal: 'evaluate' });
  const { outputs, known } = reports(model, lowering);
  const losses = sampleLosses(model, b, lowering, batch);
  if (losses !== undefined) outputs.set(LOSS, losses);
  const classifier = classifierOf(model.graph);
  if (classifier !== undefined) {
    const at = (node: string, output: number): Value => {
      const value = lowering.lowered.values.get(node)?.[output];
      if (value === undefined) throw new Error(`Node '${node}' gave no value at its output ${output}.`);
      return value;
    };
    const probabilities = probabilitiesOf(b, classifier, at(classifier.prediction.from, classifier.prediction.output));
    outputs.set(CLASS, b.argmax(probabilities, 1));
    outputs.set(CONFIDENCE, b.reduceMax(probabilities, [1]));
    outputs.set(TARGET, targetClasses(b, classifier, at(classifier.target.from, classifier.target.output)));
  }
  return { program: makeProgram(outputs), batch, known, predictions: [] };
}

/** [batch]: the weighted sum of all losses for each sample. */
function sampleLosses(model: TrainModel, b: SampleBuilder, { lowered }: Lowering, batch: number): Value | undefined {
  let total: Value | undefined;
  b.perSample = true;
  try {
    for (const { node, weight } of model.graph.losses) {
      const ins = node.inputs.map(({ from, output }) => {
        const value = lowered.values.get(from)?.[output];
        if (value === undefined) throw new Error(`Node '${from}' gave no value at its output ${output}.`);
        return value;
      });
      const refuse = (what: string) => (): never => {
        throw new Error(`The loss '${node.label}' (${node.definition.type}) asks for ${what}; losses have none.`);
      };
      const scope = { b, batch: 1, training: false, goal: 'evaluate' as const, inputTypes: node.inputTypes, weight: refuse('a weight'), updateBuffer: refuse('a buffer'), random: refuse('random numbers') };
      const [loss] = b.at(node.id, () => node.definition.lower(scope, node.params, ins));
      if (loss === undefined || loss.shape.length !== 1 || loss.shape[0] !== batch) throw new Error(`The loss '${node.label}' (${node.definition.type}) cannot be told by sample: [${loss?.shape.join(', ') ?? ''}].`);
      const weighted = weight === 1 ? loss : b.mul(loss, weight);
      total = total === undefined ? weighted : b.add(total, weighted);
    }
  } finally {
    b.perSample = false;
  }
  return total;
}
