/** Samples whose channels are scaled each by numbers of their own become the network's numbers alike on every backend. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import type { SampleArray } from '../../engine/data/dataset.ts';
import { scaledValue } from '../../engine/data/scaling.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import { predict } from '../../engine/train/predict.ts';
import { picked } from '../../engine/service/samples.ts';
import { makeDocument } from '../graph/documents.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from '../support/oracle.ts';

const shape = [5, 3, 3, 2];
const data = Uint8Array.from({ length: 90 }, (_, i) => (i * 37) % 256);

await describeOnBackends('channels', (test_) => {
  let backend: Backend;
  beforeAll(async () => { backend = await test_.create(); });
  afterAll(() => backend.dispose());

  test.each<[string, Pick<SampleArray, 'scale' | 'shift'>]>([
    ['each its own', { scale: [0.01, 0.02, 0.03], shift: [-1, 0, 2] }],
    ['one scale, three shifts', { scale: 0.5, shift: [-1, 0, 2] }],
    ['three scales, no shift', { scale: [0.01, 0.02, 0.03] }],
    ['one for all', { scale: 1 / 255, shift: -1 }],
  ])('%s', async (_name, map) => {
    const x: SampleArray = { shape, data, ...map };
    const { graph, problems } = checkGraph(makeDocument({ x: ['Input', { shape: [3, 3, 2] }], flat: ['Flatten'], output: ['Output'] }, ['x.y -> flat.x', 'flat.y -> output.x']));
    if (graph === undefined) throw new Error(problems.map((problem) => problem.message).join());
    const found = (await predict({ graph, samples: { x: { y: x } }, backend, weights: {}, batchSize: 3 }))['output']?.data ?? [];
    const wanted = Float64Array.from(data, (byte, i) => {
      const channel = Math.floor(i / 6) % 3;
      const of = (numbers: number | readonly number[] | undefined, otherwise: number): number => (typeof numbers === 'number' ? numbers : (numbers?.[channel] ?? otherwise));
      return byte * of(map.scale, 1) + of(map.shift, 0);
    });
    expectClose(found, wanted, 1e-6, 'what the network sees');
    expectClose(picked(x, [0, 1, 2, 3, 4]).data, wanted, 1e-6, 'what the window shows');
    expect(scaledValue(x, 50)).toBeCloseTo(wanted[50] ?? 0, 9);
  });
});
