/** A node's outputs for given numbers, by the float64 interpreter: what the tests of values and messages ask for. */
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { fromStorage } from '../../engine/graph/parameters.ts';
import { type AnyNodeType, ShapeError, type TensorType } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { elementCount } from '../../engine/tensor/ir.ts';
import type { Leaf } from '../support/oracle.ts';
import { buildNode, storageOf } from '../support/run-node.ts';

type Params = Readonly<Record<string, unknown>>;

/** A registered type and valid parameters, defaults filled in. Throws on any problem, so that a test cannot misspell one. */
export function typeAndParams(name: string, params: Params): { readonly type: AnyNodeType; readonly values: never } {
  const type = nodeType(name);
  if (type === undefined) throw new Error(`node type ${name} is not registered`);
  const { values, problems } = validateParams(type, params);
  if (problems[0] !== undefined) throw new Error(`${name}: ${problems[0].message}`);
  return { type, values: values as never };
}

export const typeOf = (leaf: Leaf): TensorType => ({ shape: ['N', ...leaf.shape.slice(1)], dtype: leaf.dtype ?? 'f32' });
export const image = (...sizes: number[]): TensorType => ({ shape: ['N', ...sizes], dtype: 'f32' });

export interface Applied {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly buffers: Readonly<Record<string, Float32Array>>;
}

export function applyNode(name: string, params: Params, inputs: readonly Leaf[], options: { readonly weights?: Readonly<Record<string, Leaf>>; readonly training?: boolean; readonly seed?: number; readonly step?: number } = {}): Applied {
  const { type, values } = typeAndParams(name, params);
  const { program, feeds, states, specs, offsets } = buildNode({
    type, params: values, inputs, inputTypes: inputs.map(typeOf), batch: inputs[0]?.shape[0] ?? 1, training: options.training ?? false, weights: options.weights ?? {},
    ...(options.seed === undefined ? {} : { seed: options.seed }), ...(options.step === undefined ? {} : { step: options.step }),
  });
  const before = new Map([...states].map(([state, data]) => [state, Float64Array.from(data)]));
  const { outputs, states: after } = evaluateProgram(program, feeds, before);
  const arena = after.get('buffers') ?? before.get('buffers') ?? new Float64Array();
  const buffers = Object.fromEntries(Object.entries(specs).filter(([, spec]) => spec.buffer === true).map(([buffer, spec]) => {
    const offset = offsets.get(buffer) ?? 0;
    return [buffer, fromStorage(arena.subarray(offset, offset + elementCount(spec.shape)), spec.shape, storageOf(spec))];
  }));
  const y = outputs.get('y0');
  if (y === undefined) throw new Error(`${name} gave no output`);
  return { shape: y.shape, data: y.data, buffers };
}

/** The types of a node's outputs. */
export function inferNode(name: string, params: Params, inputs: readonly TensorType[]): readonly TensorType[] {
  const { type, values } = typeAndParams(name, params);
  return type.infer(values, inputs);
}

/** The ShapeError of inputs that do not fit. */
export function shapeErrorOf(name: string, params: Params, inputs: readonly TensorType[]): ShapeError {
  try {
    inferNode(name, params, inputs);
  } catch (error) {
    if (error instanceof ShapeError) return error;
    throw error;
  }
  throw new Error(`${name} took ${inputs.map((type) => `[${type.shape.join(', ')}]`).join(' and ')}`);
}
