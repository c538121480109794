/** Property test: a compiled plan computes what its program says, for random graphs with their gradients. */
import fc from 'fast-check';
import { test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { makeProgram } from '../../engine/tensor/ir.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { expectClose, randomTensor } from '../support/oracle.ts';
import { buildRandomGraph, graphRecipes } from '../support/random-graphs.ts';

test('plans compute what their programs say', () => {
  fc.assert(
    fc.property(graphRecipes, fc.nat({ max: 1000 }), (recipe, seed) => {
      const b = new Builder();
      const [x, y] = [b.input('x', [2, 3]), b.input('y', [3, 1, 2])];
      const loss = buildRandomGraph(b, [x, y], recipe);
      const [byX, byY] = gradients(b, loss, [x, y]);
      const program = makeProgram(new Map([['loss', loss], ['byX', byX!], ['byY', byY!]]));
      const feeds = { x: randomTensor(seed, [2, 3]).data, y: randomTensor(seed + 1, [3, 1, 2]).data };
      const wanted = evaluateProgram(program, feeds).outputs;
      const found = interpretPlan(compileProgram(program), new Map()).step(feeds);
      for (const [name, { data }] of wanted) expectClose(found[name]!, data, 1e-6, name, 1e-3);
    }),
    { numRuns: 200, seed: 3 },
  );
});
