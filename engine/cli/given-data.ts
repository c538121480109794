/**
 * `--data`: arrays by port name take the place of a graph's own data, so that any graph can be fed
 * and held against another framework from outside. `x`, `y` train; `x_test`, `y_test` test.
 */
import { TEST_SUFFIX, loadArrays } from '../data/arrays.ts';
import type { LoadedData, Preprocessing, SampleArray, Samples } from '../data/dataset.ts';
import { dataset } from '../data/datasets/index.ts';
import { adaptArray } from '../data/fit-arrays.ts';
import { expandBlocks } from '../graph/blocks.ts';
import { givenNames } from '../graph/check-types.ts';
import type { GraphDoc, NodeId, ParamValue } from '../graph/document.ts';
import { roleOf } from '../graph/draft.ts';
import type { AnyNodeType, TensorType } from '../nodes/node-type.ts';
import { validateParams } from '../nodes/params.ts';
import { nodeType } from '../nodes/registry.ts';
import { nodePlatform } from '../platform/node.ts';
import { InputError } from './errors.ts';

export interface GivenData {
  /** Types by the names in the file, as the checker takes them. */
  readonly types: Readonly<Record<string, TensorType>>;
  /** The sources that the file feeds; the others keep their own data. */
  readonly sources: Readonly<Record<NodeId, LoadedData>>;
}

interface SourcePort {
  readonly node: NodeId;
  readonly port: string;
  /** Names that feed it, the most particular first. */
  readonly names: readonly string[];
  readonly own: TensorType | undefined;
  /** What the node's own dataset does to its bytes; given bytes get the same. */
  readonly preprocessing: Preprocessing | undefined;
}

/** Every output of the graph's sources, and the array names that feed it. */
function sourcePorts(doc: GraphDoc): SourcePort[] {
  const sources = Object.entries(expandBlocks(doc).doc.nodes).flatMap(([id, record]) => {
    const definition = nodeType(record.type);
    return definition !== undefined && roleOf(definition) === 'source' ? [{ id, definition, ...validateParams(definition, record.params) }] : [];
  });
  return sources.flatMap(({ id, definition, values: params, problems }) => {
    const isSound = problems.length === 0;
    const types = isSound ? ownTypes(definition, params) : undefined;
    const preprocessing = isSound && definition.data !== undefined ? dataset(definition.data.dataset)?.preprocessing?.(params) : undefined;
    return definition.outputs.map((port, i) => ({
      node: id, port: port.name, names: givenNames({ id, params, definition }, port.name, sources.length === 1), own: types?.[i], preprocessing: preprocessing?.[port.name],
    }));
  });
}

/** What the node itself promises; undefined when it cannot, which the checker will say. */
function ownTypes(definition: AnyNodeType, params: Readonly<Record<string, ParamValue>>): readonly TensorType[] | undefined {
  try {
    // The parameters were just validated against the type's own specs.
    return definition.infer(params as never, []);
  } catch {
    return undefined;
  }
}

/** Reads what `--data` names and fits it to the graph's sources. */
export async function openGivenData(doc: GraphDoc, path: string): Promise<GivenData> {
  if (!(await nodePlatform.files.exists(path))) throw new InputError(`There is no file or folder ${path}.`);
  return feedGraph(doc, await loadArrays(path, nodePlatform.files), path);
}

/** What becomes of given bytes: what the node does to its own, else what the file's reader found fit. */
function bytesOf({ scale, shift }: SampleArray, { preprocessing }: SourcePort): Pick<SampleArray, 'scale' | 'shift'> {
  if (preprocessing !== undefined) return { scale: preprocessing.scale, shift: preprocessing.shift };
  return { ...(scale === undefined ? {} : { scale }), ...(shift === undefined ? {} : { shift }) };
}

function feedGraph(doc: GraphDoc, arrays: Samples, file: string): GivenData {
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
    const fitted = adaptArray(name, array, dtype, source.own, bytesOf(array, source));
    used.add(name);
    put(train, source, fitted);
    types[name] = { shape: ['N', ...fitted.shape.slice(1)], dtype, ...(source.own?.classes === undefined || dtype !== 'i32' ? {} : { classes: source.own.classes }) };
    const testName = `${name}${TEST_SUFFIX}`;
    const testArray = Object.hasOwn(arrays, testName) ? arrays[testName] : undefined;
    if (testArray !== undefined) {
      used.add(testName);
      const held = adaptArray(testName, testArray, dtype, source.own, bytesOf(testArray, source));
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
