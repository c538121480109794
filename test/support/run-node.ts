/**
 * One node on its own, lowered as the graph would: weights as views of an arena in storage order,
 * buffers in another, gradients by every f32 input and every weight. The same program then runs on
 * any backend, or is differentiated numerically.
 */
import { gradients } from '../../engine/autodiff/gradients.ts';
import type { Backend, DeviceState, Feeds, TypedData } from '../../engine/backends/backend.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import type { ParamValue } from '../../engine/graph/document.ts';
import { defaultStorage, fromStorage, toStorage } from '../../engine/graph/parameters.ts';
import type { AnyNodeType, LowerScope, TensorType, WeightSpec } from '../../engine/nodes/node-type.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, type Shape, type Value, elementCount, makeProgram } from '../../engine/tensor/ir.ts';
import type { Leaf } from './oracle.ts';

export interface NodeCase {
  readonly type: AnyNodeType;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly inputTypes: readonly TensorType[];
  readonly batch: number;
  readonly training: boolean;
  /** One per wire. */
  readonly inputs: readonly Leaf[];
  /** Weights and buffers by name, in PyTorch's layout. */
  readonly weights: Readonly<Record<string, Leaf>>;
  /** The gradient of some loss by each output; without it no gradients are asked for. */
  readonly upstream?: readonly Leaf[];
  readonly seed?: number;
  readonly step?: number;
}

export interface NodeProgram {
  readonly program: Program;
  readonly builder: Builder;
  readonly outputs: readonly Value[];
  /** Σ outputs · upstream; undefined without upstream. */
  readonly loss: Value | undefined;
  /** The f32 inputs that are read and the weights' arena: what the loss may be differentiated by. */
  readonly leaves: readonly Value[];
  readonly feeds: Readonly<Record<string, number | TypedData>>;
  readonly states: ReadonlyMap<string, Float32Array>;
  readonly specs: Readonly<Record<string, WeightSpec>>;
  readonly offsets: ReadonlyMap<string, number>;
}

export interface NodeResult {
  readonly outputs: readonly { readonly shape: Shape; readonly data: Float32Array | Int32Array }[];
  /** Per wire; undefined where the input is not f32. */
  readonly inputGradients: readonly (Float32Array | undefined)[];
  /** In PyTorch's layout. */
  readonly weightGradients: Readonly<Record<string, Float32Array>>;
  /** All buffers after the step. */
  readonly buffers: Readonly<Record<string, Float32Array>>;
}

export const storageOf = (spec: WeightSpec): readonly number[] => spec.storage ?? defaultStorage(spec.shape.length);
export const shapeOf = (type: TensorType, batch: number): number[] => type.shape.map((dim) => (dim === 'N' ? batch : dim));

const typed = (leaf: Leaf): TypedData => (leaf.dtype === 'i32' ? Int32Array.from(leaf.data) : Float32Array.from(leaf.data));

export function buildNode(node: NodeCase): NodeProgram {
  const { type, batch, inputTypes } = node;
  const params = node.params as never;
  const b = new Builder();
  const specs = type.weights?.(params, inputTypes) ?? {};
  const feeds: Record<string, number | TypedData> = { seed: node.seed ?? 1, step: node.step ?? 1 };

  const inputs = node.inputs.map((leaf, i): Value<'input'> => {
    feeds[`x${i}`] = typed(leaf);
    return b.input(`x${i}`, leaf.shape, leaf.dtype ?? 'f32');
  });

  const { states, offsets } = layOut(specs, node.weights);
  const flats = new Map<string, Value>();
  const flat = (name: string): Value => {
    const spec = specs[name];
    const offset = offsets.get(name);
    if (spec === undefined || offset === undefined) throw new Error(`${type.type} asks for a weight '${name}' that it does not declare`);
    const arena = spec.buffer === true ? 'buffers' : 'weights';
    const value = flats.get(name) ?? b.slice(b.state(arena, [states.get(arena)?.length ?? 0]), 0, offset, offset + elementCount(spec.shape));
    flats.set(name, value);
    return value;
  };
  const updated = new Map<string, Value>();
  let streams = 0;
  const scope: LowerScope = {
    b, batch, inputTypes, training: node.training, goal: node.training ? 'train' : 'evaluate',
    weight(name) {
      const value = flat(name);
      const { shape, storage } = { shape: specs[name]?.shape ?? [], storage: storageOf(specs[name]!) };
      return b.permute(b.reshape(value, storage.map((axis) => shape[axis] ?? 1)), shape.map((_, axis) => storage.indexOf(axis)));
    },
    updateBuffer: (name, value) => updated.set(name, value),
    random: (shape, distribution) => b.random(shape, distribution, 100 + streams++, b.input('seed', [], 'i32'), b.input('step', [], 'i32')),
  };
  const outputs = type.lower(scope, params, inputs);

  const results = new Map(outputs.map((value, i) => [`y${i}`, value]));
  let loss: Value | undefined;
  // Outputs that are whole numbers have no gradient.
  const terms = (node.upstream ?? []).flatMap((leaf, i) => {
    const value = outputs[i];
    if (value?.dtype !== 'f32') return [];
    feeds[`g${i}`] = typed(leaf);
    return [b.sum(b.mul(value, b.input(`g${i}`, value.shape)))];
  });
  if (terms.length > 0) {
    loss = terms.reduce((sum, term) => b.add(sum, term));
    const wanted: [string, Value][] = [
      ...inputs.flatMap((value, i): [string, Value][] => (value.dtype === 'f32' ? [[`dx${i}`, value]] : [])),
      ...Object.entries(specs).flatMap(([name, spec]): [string, Value][] => (spec.buffer === true ? [] : [[`dw.${name}`, flat(name)]])),
    ];
    gradients(b, loss, wanted.map(([, value]) => value)).forEach((gradient, i) => results.set(wanted[i]![0], gradient));
  }
  const updates = updated.size === 0 ? [] : [bufferUpdate(b, specs, offsets, updated, states.get('buffers')?.length ?? 0)];
  const program = makeProgram(results, updates);
  const arena = program.states.find((state) => state.attrs.name === 'weights');
  return {
    program, builder: b, outputs, loss, states, specs, offsets,
    leaves: [...inputs.filter((value) => value.dtype === 'f32' && program.inputs.includes(value)), ...(arena === undefined ? [] : [arena])],
    feeds: Object.fromEntries(Object.entries(feeds).filter(([name]) => program.inputs.some((input) => input.attrs.name === name))),
  };
}

/** Weights in one arena and buffers in the other, each in its storage order at a multiple of four elements. */
function layOut(specs: Readonly<Record<string, WeightSpec>>, weights: Readonly<Record<string, Leaf>>): { states: Map<string, Float32Array>; offsets: Map<string, number> } {
  const offsets = new Map<string, number>();
  const states = new Map<string, Float32Array>();
  for (const arena of ['weights', 'buffers']) {
    const mine = Object.entries(specs).filter(([, spec]) => (spec.buffer === true) === (arena === 'buffers'));
    let length = 0;
    for (const [name, spec] of mine) {
      offsets.set(name, length);
      length += Math.ceil(elementCount(spec.shape) / 4) * 4;
    }
    if (length === 0) continue;
    const data = new Float32Array(length);
    for (const [name, spec] of mine) {
      const given = weights[name];
      if (given === undefined || given.data.length !== elementCount(spec.shape)) throw new Error(`the test gives ${given?.data.length ?? 'no'} numbers for the weight '${name}' [${spec.shape.join(', ')}]`);
      data.set(toStorage(given.data, spec.shape, storageOf(spec)), offsets.get(name));
    }
    states.set(arena, data);
  }
  return { states, offsets };
}

function bufferUpdate(b: Builder, specs: Readonly<Record<string, WeightSpec>>, offsets: ReadonlyMap<string, number>, updated: ReadonlyMap<string, Value>, length: number): { state: Value<'state'>; value: Value } {
  const state = b.state('buffers', [length]);
  const pieces = Object.entries(specs).filter(([, spec]) => spec.buffer === true).map(([name, spec]) => {
    const [offset, count] = [offsets.get(name) ?? 0, elementCount(spec.shape)];
    const padded = Math.ceil(count / 4) * 4;
    const value = updated.get(name);
    return value === undefined
      ? b.slice(state, 0, offset, offset + padded)
      : b.pad(b.reshape(b.permute(value, storageOf(spec)), [count]), [0], [padded - count]);
  });
  return { state, value: b.concat(pieces, 0) };
}

/** Compile the node's program and run it once. */
export async function runNode(backend: Backend, node: NodeCase): Promise<NodeResult> {
  const { program, outputs, loss, states, specs, offsets, feeds } = buildNode(node);
  const used = new Set(program.states.map((state) => state.attrs.name));
  const device = new Map<string, DeviceState>();
  for (const [name, data] of states) {
    if (!used.has(name)) continue;
    const state = backend.allocate(name, 'f32', data.length);
    await backend.write(state, data);
    device.set(name, state);
  }
  const executable = await backend.compile(compileProgram(program), device);
  const [result] = await executable.run([feeds as Feeds]);
  if (result === undefined) throw new Error('the executable gave no result for its step');
  const get = (name: string): Float32Array | Int32Array => result[name] ?? fail(`the executable gave no output '${name}'`);
  const floats = (name: string): Float32Array => Float32Array.from(get(name));
  const bufferState = device.get('buffers');
  const buffers = bufferState === undefined ? (states.get('buffers') ?? new Float32Array()) : await backend.read(bufferState);
  executable.dispose();
  const hasGradients = loss !== undefined;
  const byName = (buffer: boolean, data: (name: string, spec: WeightSpec) => ArrayLike<number>): Record<string, Float32Array> =>
    Object.fromEntries(Object.entries(specs).filter(([, spec]) => (spec.buffer === true) === buffer).map(([name, spec]) => [name, fromStorage(data(name, spec), spec.shape, storageOf(spec))]));
  return {
    outputs: outputs.map((value, i) => ({ shape: value.shape, data: get(`y${i}`) })),
    inputGradients: node.inputs.map((leaf, i) => (hasGradients && leaf.dtype !== 'i32' ? floats(`dx${i}`) : undefined)),
    weightGradients: hasGradients ? byName(false, (name) => floats(`dw.${name}`)) : {},
    buffers: byName(true, (name, spec) => buffers.subarray(offsets.get(name) ?? 0, (offsets.get(name) ?? 0) + elementCount(spec.shape))),
  };
}

function fail(message: string): never {
  throw new Error(message);
}
