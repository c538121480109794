/** Samples made by a rule: points with classes and curves to fit. Sample i depends on (parameters, seed, split, i) alone. */
import type { NodeType } from '../../nodes/node-type.ts';
import { type SizeParams, type Targets, targetType } from '../../nodes/data/shared.ts';
import type { Dataset, SampleArray, Samples } from '../dataset.ts';
import { Random } from '../random.ts';
import { datasetFromNode, TEST_STREAM, TRAIN_STREAM } from './from-node.ts';

type Rule<P, T> = (params: P, random: Random, index: number) => T;

/** A set of points in the plane. `point` draws a point of class `label`; classes take turns, so that all are equally frequent. */
export function pointSet<P extends SizeParams & { readonly targets: Targets }>(
  node: NodeType<P>,
  classesOf: (params: P) => number,
  point: (params: P, label: number, random: Random) => readonly [number, number],
): Dataset {
  const make = (params: P, split: number, count: number, seed: number): Samples => {
    const classes = classesOf(params);
    const x = new Float32Array(2 * count);
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const label = i % classes;
      x.set(point(params, label, new Random(seed, split, i)), 2 * i);
      labels[i] = label;
    }
    return { x: { shape: [count, 2], data: x }, y: encodeTargets(labels, params.targets, classes) };
  };
  return generatedSet(node, make, (params) => Array.from({ length: classesOf(params) }, (_, i) => `${i}`));
}

/** A curve or surface to fit: each rule gives the inputs and the target of one sample. */
export function regressionSet<P extends SizeParams>(node: NodeType<P>, inputs: number, sample: Rule<P, { readonly x: readonly number[]; readonly y: number }>): Dataset {
  return generatedSet(node, (params, split, count, seed) => {
    const x = new Float32Array(count * inputs);
    const y = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const drawn = sample(params, new Random(seed, split, i), i);
      x.set(drawn.x, i * inputs);
      y[i] = drawn.y;
    }
    return { x: { shape: [count, inputs], data: x }, y: { shape: [count, 1], data: y } };
  });
}

/** Any set that is made by a rule: `make` gives `count` samples of a split. */
export function generatedSet<P extends SizeParams>(node: NodeType<P>, make: (params: P, split: number, count: number, seed: number) => Samples, classNames?: (params: P) => readonly string[]): Dataset {
  return datasetFromNode(node, {
    async load(params, context) {
      const seed = params.seed ?? context.seed;
      return {
        train: make(params, TRAIN_STREAM, params.trainSamples, seed),
        ...(params.testSamples === 0 ? {} : { test: make(params, TEST_STREAM, params.testSamples, seed) }),
        ...(classNames === undefined ? {} : { classNames: classNames(params) }),
      };
    },
  });
}

/** Labels as the parameter "targets" wants them. */
export function encodeTargets(labels: Int32Array, targets: Targets, classes: number): SampleArray {
  const { shape } = targetType(targets, classes);
  const size = [labels.length, ...shape.slice(1).map(Number)];
  if (targets === 'index') return { shape: size, data: labels };
  if (targets === 'binary') return { shape: size, data: Float32Array.from(labels) };
  const data = new Float32Array(labels.length * classes);
  for (const [i, label] of labels.entries()) data[i * classes + label] = 1;
  return { shape: size, data };
}
