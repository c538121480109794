/**
 * Any parameters that the schema takes, on inputs of any shape: a node either says in a ShapeError
 * what does not fit, or lowers to exactly what it promised. Nothing else may be thrown.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ParamValue } from '../../engine/graph/document.ts';
import { type AnyNodeType, type ParamSpec, ShapeError, type TensorType } from '../../engine/nodes/node-type.ts';
import { defaultParams, validateParams } from '../../engine/nodes/params.ts';
import { elementCount } from '../../engine/tensor/ir.ts';
import { computingTypes, definedOnly } from '../support/node-examples.ts';
import { type Leaf, randomIntegers, randomTensor } from '../support/oracle.ts';
import { buildNode, shapeOf } from '../support/run-node.ts';

/** Values near the lower end of the range: small tensors, and windows that often do not fit. */
function arbitraryParam(spec: ParamSpec): fc.Arbitrary<ParamValue> {
  const usual = fc.constant<ParamValue>(spec.default);
  switch (spec.kind) {
    case 'int':
      return fc.oneof(usual, fc.integer({ min: spec.min, max: Math.min(spec.max, Math.max(spec.min, 0) + 6) }));
    case 'float':
      return fc.oneof(usual, fc.double({ min: Math.max(spec.min, -2) + 0.01, max: Math.min(spec.max, 3) - 0.01, noNaN: true }));
    case 'optional-int':
    case 'optional-float':
      return usual;
    case 'bool':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...spec.options.map((option) => option.value));
    case 'ints':
      return fc.oneof(usual, fc.array(fc.integer({ min: spec.min, max: Math.min(spec.max, spec.min + 4) }), { minLength: spec.minLength, maxLength: spec.maxLength }));
    case 'text':
      return fc.constant(spec.default);
  }
}

const arbitraryType: fc.Arbitrary<TensorType> = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }).map((sizes): TensorType['shape'] => ['N', ...sizes]),
  dtype: fc.oneof({ weight: 5, arbitrary: fc.constant<'f32'>('f32') }, { weight: 1, arbitrary: fc.constant<'i32'>('i32') }),
});

/** As many wires as the ports ask for; where several go into one, two or three. Half of them are alike, so that many fit. */
function arbitraryInputs(type: AnyNodeType): fc.Arbitrary<readonly TensorType[]> {
  const count = type.inputs.some((port) => port.multiple === true) ? fc.integer({ min: 2, max: 3 }) : fc.constant(type.inputs.length);
  const examples = type.examples.map((example) => example.inputs);
  return fc.oneof(
    count.chain((n) => arbitraryType.map((one) => new Array<TensorType>(n).fill(one))),
    count.chain((n) => fc.array(arbitraryType, { minLength: n, maxLength: n })),
    fc.constantFrom(...examples),
  );
}

function leaves(inputs: readonly TensorType[], batch: number): Leaf[] {
  return inputs.map((input, i) => (input.dtype === 'f32' ? randomTensor(i + 1, shapeOf(input, batch)) : randomIntegers(i + 1, shapeOf(input, batch), 3)));
}

describe.each(computingTypes().map((type) => ({ name: type.type, type })))('$name', ({ type }) => {
  test('fits, or says what does not', () => {
    const params = fc.record(Object.fromEntries(Object.entries(type.params).map(([name, spec]) => [name, arbitraryParam(spec)])));
    let fitted = 0;
    fc.assert(fc.property(params, arbitraryInputs(type), fc.boolean(), fc.integer({ min: 1, max: 3 }), (drawn, inputs, training, batch) => {
      const { values, problems } = validateParams(type, { ...defaultParams(type), ...definedOnly(drawn) });
      expect(problems).toEqual([]);
      let promised: readonly TensorType[];
      try {
        promised = type.infer(values as never, inputs);
      } catch (error) {
        if (!(error instanceof ShapeError)) throw error;
        expect(error.message).toMatch(/\d|'\w+'|f32|i32|\[N/);
        return;
      }
      // Small layers are enough; a vast one (65,536 units are in range) would only take time.
      const weights = Object.entries(type.weights?.(values as never, inputs) ?? {});
      const size = [...weights.map(([, spec]) => elementCount(spec.shape)), ...promised.map((output) => elementCount(shapeOf(output, batch)))];
      if (Math.max(0, ...size) > 100_000) return;
      const { outputs } = buildNode({
        type, params: values, inputTypes: inputs, batch, training, inputs: leaves(inputs, batch),
        weights: Object.fromEntries(weights.map(([name, spec]) => [name, randomTensor(1, spec.shape)])),
        upstream: promised.map((output) => randomTensor(9, shapeOf(output, batch))),
      });
      expect(outputs.map((value) => ({ shape: [...value.shape], dtype: value.dtype }))).toEqual(promised.map((output) => ({ shape: shapeOf(output, batch), dtype: output.dtype })));
      for (const line of [type.code.pytorch(values as never, inputs), type.code.keras(values as never, inputs)]) expect(line).not.toMatch(/^\s*$|undefined|NaN/);
      fitted++;
    }), { numRuns: 150, seed: 20 });
    expect(fitted, 'draws that fitted').toBeGreaterThan(5);
  });
});
