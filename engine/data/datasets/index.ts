/** Every dataset there is, by the id that data nodes name. */
import type { Dataset } from '../dataset.ts';
import type { PublishedSet } from '../download.ts';
import { addingProblem } from './adding-problem.ts';
import { arrays } from './arrays.ts';
import { blobs } from './blobs.ts';
import { CIFAR10_FILES, cifar10 } from './cifar10.ts';
import { circles } from './circles.ts';
import { colouredShapes } from './coloured-shapes.ts';
import { copyMemory } from './copy-memory.ts';
import { digits } from './digits.ts';
import { cartPole, gridWorld } from './environments.ts';
import { FASHION_MNIST_FILES, fashionMnist } from './fashion-mnist.ts';
import { line } from './line.ts';
import { maskedText } from './masked-text.ts';
import { MNIST_FILES, mnist } from './mnist.ts';
import { moons } from './moons.ts';
import { parity } from './parity.ts';
import { plane } from './plane.ts';
import { sineForecast } from './sine-forecast.ts';
import { sine } from './sine.ts';
import { spiral } from './spiral.ts';
import { text } from './text.ts';
import { xor } from './xor.ts';

const all: readonly Dataset[] = [
  digits, mnist, fashionMnist, cifar10, colouredShapes, blobs, circles, moons, xor, spiral, line, plane, sine,
  sineForecast, addingProblem, copyMemory, parity, text, maskedText, gridWorld, cartPole, arrays,
];
const byId = new Map(all.map((dataset) => [dataset.id, dataset]));

export const dataset = (id: string): Dataset | undefined => byId.get(id);
export const allDatasets = (): readonly Dataset[] => all;
/** Those that are downloaded. */
export const publishedSets: readonly PublishedSet[] = [MNIST_FILES, FASHION_MNIST_FILES, CIFAR10_FILES];
