/** Property test: every backend computes what the float64 reference does, on random graphs with their gradients. */
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import type { Backend } from '../../engine/backends/backend.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { makeProgram } from '../../engine/tensor/ir.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose, randomTensor } from '../support/oracle.ts';
import { buildRandomGraph, graphRecipes } from '../support/random-graphs.ts';

/** float32 against float64: compositions of eight steps amplify its 6e-8 here and there. */
const TOLERANCE = 1e-4;
/** A software GPU takes most of a second to build the pipelines of one graph. */
const graphsOn = (name: string): number => (name === 'webgpu' ? 8 : 40);
/** Errors are judged against at least this: the loss is of order 1, a gradient may vanish. */
const FLOOR = 1e-2;

await describeOnBackends('random graphs', (each) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await each.create();
  });
  afterAll(() => backend.dispose());

  test('loss and gradients agree with the reference', async () => {
    await fc.assert(
      fc.asyncProperty(graphRecipes, fc.nat({ max: 1000 }), async (recipe, seed) => {
        const b = new Builder();
        const [x, y] = [b.input('x', [2, 3]), b.input('y', [3, 1, 2])];
        const loss = buildRandomGraph(b, [x, y], recipe);
        const [byX, byY] = gradients(b, loss, [x, y]);
        const program = makeProgram(new Map([['loss', loss], ['byX', byX!], ['byY', byY!]]));
        const feeds = { x: Float32Array.from(randomTensor(seed, [2, 3]).data), y: Float32Array.from(randomTensor(seed + 1, [3, 1, 2]).data) };
        const executable = await backend.compile(compileProgram(program), new Map());
        const [found] = await executable.run([feeds]);
        executable.dispose();
        for (const [name, { data }] of evaluateProgram(program, feeds).outputs) expectClose(found![name]!, data, TOLERANCE, name, FLOOR);
      }),
      { numRuns: graphsOn(each.name), seed: 5 },
    );
  });
}, (name) => name !== 'reference');
