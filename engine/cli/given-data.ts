/**
 * `--data`: arrays by port name take the place of a graph's own data, so that any graph can be fed
 * and held against another framework from outside. `x`, `y` train; `x_test`, `y_test` test.
 */
import { loadArrays } from '../data/arrays.ts';
import type { GraphDoc, NodeId } from '../graph/document.ts';
import type { TensorType } from '../nodes/node-type.ts';
import { validateParams } from '../nodes/params.ts';
import { nodeType } from '../nodes/registry.ts';
import type { LoadedData, Preprocessing, SampleArray, Samples } from '../data/dataset.ts';
import { dataset } from '../data/datasets/index.ts';
import { nodePlatform } from '../platform/node.ts';
import { InputError } from './errors.ts';

export interface GivenData {
  /** Types by the names in the file, as the checker takes them. */
  readonly types: Readonly<Record<string, TensorType>>;
  /** The sources that the file feeds; the others keep their own data. */
  readonly sources: Readonly<Record<NodeId, LoadedData>>;
}

const TEST_SUFFIX = '_test';

interface SourcePort {
  readonly node: NodeId;
  readonly port: string;
  /** Names that feed it, the most particular first. */
  readonly names: readonly string[];
  readonly own: TensorType | undefined;
  /** What the node's own dataset does to its bytes; given bytes get the same. */
  readonly preprocessing: Preprocessing | undefined;
}

/** Every output of a data node or Input, and the array names that feed it (the checker's rule: see `checkGraph`). */
function sourcePorts(doc: GraphDoc): SourcePort[] {
  const sources = Object.entries(doc.nodes).flatMap(([id, record]) => {
    const definition = nodeType(record.type);
    return definition !== undefined && (definition.category === 'data' || definition.type === 'Input') ? [{ id, record, definition }] : [];
  });
  return sources.flatMap(({ id, record, definition }) => {
    const isInput = definition.type === 'Input';
    const types = ownTypes(record.type, record.params);
    return definition.outputs.map((port, i) => ({
      node: id,
      port: port.name,
      names: [`${id}.${port.name}`, ...(isInput ? [id, ...(sources.length === 1 ? ['x'] : [])] : [port.name])],
      own: types?.[i],
      preprocessing: types === undefined || definition.data === undefined ? undefined : dataset(definition.data.dataset)?.preprocessing?.(validateParams(definition, record.params).values)[port.name],
    }));
  });
}

/** What the node itself promises; undefined when its parameters are wrong, which the checker will say. */
function ownTypes(type: string, params: GraphDoc['nodes'][string]['params']): readonly TensorType[] | undefined {
  const definition = nodeType(type);
  if (definition === undefined) return undefined;
  const { values, problems } = validateParams(definition, params);
  if (problems.length > 0) return undefined;
  try {
    // The parameters were just validated against the type's own specs.
    return definition.infer(values as never, []);
  } catch {
    return undefined;
  }
}

/** Axes of size 1 that are missing or too many change nothing but the shape's text: labels [N] serve a port that promises [N, 1]. */
function fitShape(shape: readonly number[], own: TensorType | undefined): readonly number[] {
  const core = (sizes: readonly unknown[]): string => sizes.slice(1).filter((size) => size !== 1).join();
  return own === undefined || core(shape) !== core(own.shape) ? shape : [shape[0] ?? 0, ...own.shape.slice(1).map(Number)];
}

/** The array in the dtype that the port promises: labels become i32, bytes stay bytes and are scaled on the device. */
function fit(name: string, given: SampleArray, { own, preprocessing }: SourcePort, dtype: TensorType['dtype']): SampleArray {
  if (given.shape.length === 0) throw new InputError(`The array '${name}' is a single number; its first axis must be the sample.`);
  const array = { ...given, shape: fitShape(given.shape, own) };
  const { data, shape } = array;
  if (dtype === 'i32') {
    if (data instanceof Int32Array) return array;
    const whole = data.findIndex((value) => !Number.isInteger(value) || Math.abs(value) > 2 ** 31 - 1);
    if (whole !== -1) throw new InputError(`The array '${name}' holds ${data[whole]} at element ${whole}; its port wants whole numbers (class indices).`);
    return { shape, data: Int32Array.from(data) };
  }
  if (data instanceof Uint8Array && preprocessing !== undefined) return { shape, data, scale: preprocessing.scale, shift: preprocessing.shift };
  if (data instanceof Int32Array) return { shape, data: Float32Array.from(data) };
  return array;
}

/** Reads what `--data` names and fits it to the graph's sources. */
export async function openGivenData(doc: GraphDoc, path: string): Promise<GivenData> {
  if (!(await nodePlatform.files.exists(path))) throw new InputError(`There is no file or folder ${path}.`);
  return feedGraph(doc, await loadArrays(path, nodePlatform.files), path);
}

export function feedGraph(doc: GraphDoc, arrays: Samples, file: string): GivenData {
  const types: Record<string, TensorType> = {};
  const train = new Map<NodeId, Record<string, SampleArray>>();
  const test = new Map<NodeId, Record<string, SampleArray>>();
  const used = new Set<string>();
  const put = (into: Map<NodeId, Record<string, SampleArray>>, { node, port }: SourcePort, array: SampleArray): void => {
    const ports = into.get(node) ?? {};
    ports[port] = array;
    into.set(node, ports);
  };
  for (const source of sourcePorts(doc)) {
    const name = source.names.find((candidate) => Object.hasOwn(arrays, candidate));
    const array = name === undefined ? undefined : arrays[name];
    if (name === undefined || array === undefined) continue;
    const dtype = source.own?.dtype ?? (array.data instanceof Int32Array ? 'i32' : 'f32');
    const fitted = fit(name, array, source, dtype);
    used.add(name);
    put(train, source, fitted);
    types[name] = { shape: ['N', ...fitted.shape.slice(1)], dtype, ...(source.own?.classes === undefined || dtype !== 'i32' ? {} : { classes: source.own.classes }) };
    const testName = `${name}${TEST_SUFFIX}`;
    const testArray = Object.hasOwn(arrays, testName) ? arrays[testName] : undefined;
    if (testArray !== undefined) {
      used.add(testName);
      const held = fit(testName, testArray, source, dtype);
      if (held.shape.slice(1).join() !== fitted.shape.slice(1).join()) {
        throw new InputError(`In ${file}, a sample of '${testName}' has the shape [${held.shape.slice(1).join(', ')}] and one of '${name}' [${fitted.shape.slice(1).join(', ')}]; they must be equal.`);
      }
      put(test, source, held);
    }
  }
  if (used.size === 0) {
    const wanted = sourcePorts(doc).map(({ names }) => names.at(-1));
    throw new InputError(`${file} has no array that this graph can take: it has ${Object.keys(arrays).join(', ') || 'none'}; the graph takes ${[...new Set(wanted)].join(', ') || 'none'}.`);
  }
  const sources = Object.fromEntries([...train].map(([node, samples]): [NodeId, LoadedData] => {
    const held: Samples | undefined = test.get(node);
    return [node, { train: samples, ...(held === undefined ? {} : { test: held }) }];
  }));
  return { types, sources };
}
