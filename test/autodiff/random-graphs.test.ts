/** Property test: on random small graphs of all differentiable op families, reverse mode agrees with central differences. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type OpName, makeProgram } from '../../engine/tensor/ir.ts';
import { expectGradientsMatch, randomTensor } from '../support/oracle.ts';
import { buildRandomGraph, graphRecipes } from '../support/random-graphs.ts';

test('reverse mode agrees with central differences on random graphs', () => {
  const seen = new Set<OpName>();
  fc.assert(
    fc.property(graphRecipes, fc.nat({ max: 1000 }), (recipe, seed) => {
      const leaves = { x: randomTensor(seed, [2, 3]), y: randomTensor(seed + 1, [3, 1, 2]) };
      expectGradientsMatch((b, v) => {
        const y = buildRandomGraph(b, [v.x, v.y], recipe);
        for (const { op } of makeProgram(new Map([['y', y]])).values) seen.add(op);
        return y;
      }, leaves, { tolerance: 1e-5, skipKinks: true });
    }),
    { numRuns: 200, seed: 20 },
  );
  for (const op of ['map', 'reduce', 'permute', 'flip', 'pad', 'slice', 'concat', 'dot', 'conv', 'maxPool', 'sumPool', 'gather', 'scatterAdd'] as const) expect(seen).toContain(op);
});
