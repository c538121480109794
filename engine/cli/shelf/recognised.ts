/** How well a trained classifier recognises what a trained generator makes, and whether all classes are among it. */
import type { Backend } from '../../backends/backend.ts';
import { ancestors } from '../../graph/checked-graph.ts';
import { findTemplate } from '../../graph/templates.ts';
import { classifierOf } from '../../train/classifier.ts';
import { DeviceModel } from '../../train/device-model.ts';
import { trainModel } from '../../train/model.ts';
import { predict } from '../../train/predict.ts';
import { Predictor } from '../../train/predictor.ts';
import { FailedError } from '../errors.ts';
import { type Trained, trainTemplate } from './train-template.ts';

/** What is made from noise and what tells its classes: a part of what training gave. */
export type Model = Pick<Trained, 'graph' | 'weights' | 'backend'>;
export type Judge = Model & Pick<Trained, 'data'>;

const SAMPLES = 1000;
/** What is drawn depends on the place in the batch too. */
const BATCH = 100;
/** The least share of the samples that a class is to be taken for. */
const PRESENT = 0.01;
const JUDGE = 'mnist-cnn';

/** Trained once per backend, however many generators it judges. */
const judges = new WeakMap<Backend, Promise<Judge>>();

/** The figure `recognised`, by the template `mnist-cnn` as its document says. */
export async function recognised(trained: Trained): Promise<number> {
  return recognition(trained, await judgeOn(trained));
}

function judgeOn({ backend, datasets }: Trained): Promise<Judge> {
  const known = judges.get(backend);
  if (known !== undefined) return known;
  const template = findTemplate(JUDGE);
  if (template === undefined) throw new Error(`There is no template '${JUDGE}'.`);
  const judge = trainTemplate(template, { backend, datasets });
  judges.set(backend, judge);
  return judge;
}

/**
 * The mean, over 1,000 samples, of the highest class probability that the judge gives. The noise is evaluation's own, so
 * that equal weights give equal figures. Throws FailedError when a class is taken for less than 1 % of the samples, naming
 * each, and when the two models do not fit.
 */
export async function recognition(generator: Model, judge: Judge): Promise<number> {
  const made = await predict({ ...generator, samples: {}, count: SAMPLES, batchSize: BATCH });
  const [samples, ...others] = Object.values(made);
  if (samples === undefined || others.length > 0) throw new FailedError(`A generator to be judged has one output; this one has ${Object.keys(made).join(', ') || 'none'}.`);
  const classifier = classifierOf(judge.graph);
  const reads = classifier === undefined ? [] : judge.graph.sources.filter(({ id }) => ancestors(judge.graph, [classifier.prediction.from]).has(id));
  const [source, ...more] = reads;
  if (source === undefined || more.length > 0) throw new FailedError(`A judge tells classes apart by one source; this one reads ${reads.map(({ id }) => id).join(', ') || 'none'}.`);
  const device = new DeviceModel(trainModel(judge.graph), judge.backend, {});
  try {
    await device.writeWeights(judge.weights);
    const { probabilities } = await new Predictor(device).predict({ [source.id]: samples });
    if (probabilities === undefined) throw new Error('The judge gave no probabilities.');
    return meanHighest(probabilities, Object.values(judge.data).find((each) => each.classNames !== undefined)?.classNames);
  } finally {
    await device.dispose();
  }
}

/** `probabilities` is [samples, classes]. */
function meanHighest({ shape: [count = 0, classes = 0], data }: { readonly shape: readonly number[]; readonly data: Float32Array }, names: readonly string[] | undefined): number {
  const taken = new Array<number>(classes).fill(0);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const row = data.subarray(i * classes, (i + 1) * classes);
    const highest = Math.max(...row);
    sum += highest;
    const best = row.indexOf(highest);
    if (best !== -1) taken[best]! += 1;
  }
  const mean = sum / count;
  const lacking = taken.flatMap((n, i) => (n < PRESENT * count ? [`'${names?.[i] ?? i}' (${n})`] : []));
  if (lacking.length > 0) throw new FailedError(`Of ${count} generated samples, fewer than ${PRESENT * count} are taken for ${lacking.join(', ')}; the mean highest probability is ${mean.toFixed(4)}.`);
  return mean;
}
