/** Every example of every node type gives the same numbers on each backend as the float64 interpreter, outputs, gradients and buffers. */
import { afterAll, beforeAll, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { fromStorage } from '../../engine/graph/parameters.ts';
import { elementCount } from '../../engine/tensor/ir.ts';
import { describeOnBackends } from '../support/backends.ts';
import { computingTypes, exampleCase } from '../support/node-examples.ts';
import { expectClose } from '../support/oracle.ts';
import { buildNode, runNode, storageOf } from '../support/run-node.ts';

const cases = computingTypes().flatMap((type) => type.examples.flatMap((_, index) =>
  [true, false].map((training) => ({ name: `${type.type}, example ${index}, ${training ? 'training' : 'evaluation'}`, type, index, training }))));

await describeOnBackends('node types agree with the interpreter', ({ name: backendName, create }) => {
  let backend: Backend;
  beforeAll(async () => { backend = await create(); });
  afterAll(async () => { await backend.dispose(); });
  // WebGPU leaves the rounding of exp, tanh and their kin to the driver.
  const tolerance = backendName === 'webgpu' ? 1e-4 : 1e-5;

  test.each(cases)('$name', async ({ type, index, training }) => {
    const node = exampleCase(type, index, training);
    const { program, feeds, states, specs, offsets } = buildNode(node);
    const exact = new Map([...states].map(([name, data]) => [name, Float64Array.from(data)]));
    const wanted = evaluateProgram(program, feeds, exact);
    const result = await runNode(backend, node);

    const dataOf = (name: string): Float64Array => wanted.outputs.get(name)?.data ?? new Float64Array();
    result.outputs.forEach((output, i) => expectClose(output.data, dataOf(`y${i}`), tolerance, `output ${i}`));
    result.inputGradients.forEach((gradient, i) => {
      if (gradient !== undefined) expectClose(gradient, dataOf(`dx${i}`), tolerance, `gradient by input ${i}`);
    });
    for (const [name, spec] of Object.entries(specs)) {
      if (spec.buffer === true) {
        const arena = wanted.states.get('buffers') ?? exact.get('buffers') ?? new Float64Array();
        const offset = offsets.get(name) ?? 0;
        expectClose(result.buffers[name] ?? [], fromStorage(arena.subarray(offset, offset + elementCount(spec.shape)), spec.shape, storageOf(spec)), tolerance, name);
      } else {
        expectClose(result.weightGradients[name] ?? [], fromStorage(dataOf(`dw.${name}`), spec.shape, storageOf(spec)), tolerance, `gradient by ${name}`);
      }
    }
  });
});
