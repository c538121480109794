/** The graphs of test/golden/optimizers.json: small GANs, and one loss that two optimizers share. */
import { readFileSync } from 'node:fs';
import type { GraphDoc } from '../../engine/graph/document.ts';
import type { NamedTensors } from '../../engine/interop/named-tensors.ts';
import { instance, withBlocks } from '../graph/block-documents.ts';
import { makeDocument, type NodeSketch } from '../graph/documents.ts';
import { decodeFloats, type GoldenArray } from '../support/goldens.ts';

export interface GoldenCase {
  readonly name: string;
  readonly kind: 'gan' | 'one-loss';
  readonly norm: boolean;
  readonly every: readonly [number, number];
  readonly alternating: boolean;
  readonly optimizers: readonly [readonly [string, Record<string, number>], readonly [string, Record<string, number>]];
  readonly steps: number;
  readonly weights: Readonly<Record<string, GoldenArray>>;
  readonly x: GoldenArray;
  readonly z: GoldenArray;
  readonly losses: readonly (readonly number[])[];
  readonly final: Readonly<Record<string, GoldenArray>>;
}
export const { cases } = JSON.parse(readFileSync(new URL('../golden/optimizers.json', import.meta.url), 'utf8')) as { readonly cases: readonly GoldenCase[] };

/** The golden's graph. The generated batch is judged by `d1`, the real one by `d2`, the generator's by `d3`; all three have their weights in common. */
export function documentOf({ kind, norm, every, alternating, optimizers: [first, second] }: GoldenCase): GraphDoc {
  const one: NodeSketch = [first[0], { ...first[1], every: every[0] }];
  const two: NodeSketch = [second[0], { ...second[1], every: every[1], turn: alternating ? 2 : 1 }];
  if (kind === 'one-loss') {
    return makeDocument(
      { x: ['Input', { shape: [2] }], z: ['Input', { name: 'y', shape: [1] }], body: ['Dense', { units: 5 }, { trainedBy: 'one' }], act: ['Tanh'], head: ['Dense', { units: 1 }, { trainedBy: 'two' }], mse: ['MSE'], one, two },
      ['x.y -> body.x', 'body.y -> act.x', 'act.y -> head.x', 'head.y -> mse.prediction', 'z.y -> mse.target', 'mse.loss -> one.loss', 'mse.loss -> two.loss'],
    );
  }
  const between = (last: string): readonly string[] => (norm ? [`fc1.y -> norm.x`, `norm.y -> ${last}.x`] : [`fc1.y -> ${last}.x`]);
  const middle: Record<string, NodeSketch> = norm ? { norm: ['BatchNorm'] } : {};
  const judge = (more: object = {}): NodeSketch => instance('judge', {}, { weightGroup: 'd', ...more });
  return withBlocks(makeDocument(
    {
      x: ['Input', { shape: [2] }], z: ['Input', { name: 'z', shape: [3] }], g: instance('generator'), stop: ['Detach'], d1: judge({ trainedBy: 'one' }), d2: judge(), d3: judge(),
      zero: ['Fill', { value: 0 }], real: ['Fill'], wanted: ['Fill'],
      lossFake: ['BinaryCrossEntropy', { weight: 0.5 }], lossReal: ['BinaryCrossEntropy', { weight: 0.5 }], lossG: ['BinaryCrossEntropy'], one, two, out: ['Output'],
    },
    [
      'z.y -> g.x', 'g.y -> stop.x', 'stop.y -> d1.x', 'x.y -> d2.x', 'g.y -> d3.x', 'd1.y -> zero.x', 'd2.y -> real.x', 'd3.y -> wanted.x', 'g.y -> out.x',
      'd1.y -> lossFake.prediction', 'zero.y -> lossFake.target', 'd2.y -> lossReal.prediction', 'real.y -> lossReal.target', 'd3.y -> lossG.prediction', 'wanted.y -> lossG.target',
      'lossFake.loss -> one.loss', 'lossReal.loss -> one.loss', 'lossG.loss -> two.loss',
    ],
  ), {
    generator: { nodes: { fc1: ['Dense', { units: 7, bias: !norm }], ...middle, act: ['Tanh'], fc2: ['Dense', { units: 2 }] }, wires: [...between('act'), 'act.y -> fc2.x'], inputs: { x: ['fc1.x'] }, outputs: { y: 'fc2.y' } },
    judge: { nodes: { fc1: ['Dense', { units: 6, bias: !norm }], ...middle, act: ['LeakyReLU', { slope: 0.2 }], fc2: ['Dense', { units: 1 }] }, wires: [...between('act'), 'act.y -> fc2.x'], inputs: { x: ['fc1.x'] }, outputs: { y: 'fc2.y' } },
  });
}

/** The weights that all three instances have in common go by the first one's name. */
export const tensors = (arrays: Readonly<Record<string, GoldenArray>>): NamedTensors =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name.replace(/^d\./, 'd1.'), { shape: array.shape, data: decodeFloats(array) }]));
