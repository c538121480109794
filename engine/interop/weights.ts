/**
 * Weights of a file held against those of a graph, by PyTorch's names: what is missing, what is
 * over and what has another shape is told all at once, with the shapes, before anything is loaded.
 */
import type { CheckedGraph } from '../graph/checked-graph.ts';
import { sameShape } from '../tensor/ir.ts';
import type { NamedTensor, NamedTensors } from '../train/run-contract.ts';
import { FormatError } from './format-error.ts';
import type { StoredTensors } from './safetensors.ts';

export interface WeightMatch {
  /** Those that the graph has and the file gives in the right shape. */
  readonly weights: NamedTensors;
  /** In the graph, not in the file. */
  readonly missing: readonly { readonly name: string; readonly shape: readonly number[]; readonly buffer: boolean }[];
  /** In the file, not in the graph. */
  readonly extra: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly misshaped: readonly { readonly name: string; readonly wanted: readonly number[]; readonly found: readonly number[] }[];
}

/** PyTorch counts the batches of a BatchNorm there; nothing here reads it. */
const IGNORED = /\.num_batches_tracked$/;

export function matchWeights(graph: CheckedGraph, tensors: StoredTensors): WeightMatch {
  const weights: Record<string, NamedTensor> = {};
  const missing: { name: string; shape: readonly number[]; buffer: boolean }[] = [];
  const misshaped: { name: string; wanted: readonly number[]; found: readonly number[] }[] = [];
  const wantedNames = new Set<string>();
  for (const node of graph.order) {
    for (const [weight, spec] of Object.entries(node.weights)) {
      const name = `${node.id}.${weight}`;
      wantedNames.add(name);
      const found = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      if (found === undefined) missing.push({ name, shape: spec.shape, buffer: spec.buffer === true });
      else if (!sameShape(found.shape, spec.shape)) misshaped.push({ name, wanted: spec.shape, found: found.shape });
      else weights[name] = { shape: spec.shape, data: Float32Array.from(found.data) };
    }
  }
  const extra = Object.entries(tensors).filter(([name]) => !wantedNames.has(name) && !IGNORED.test(name)).map(([name, { shape }]) => ({ name, shape }));
  return { weights, missing, extra, misshaped };
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * One line for each tensor that does not fit, for the user. Weights of other shapes and unknown
 * names are always told; missing ones are, unless a file that starts only some nodes is welcome.
 */
export function describeMisfits(match: WeightMatch, options: { readonly missingAllowed?: boolean } = {}): readonly string[] {
  return [
    ...match.misshaped.map(({ name, wanted, found }) => `${name}: the graph has ${shapeText(wanted)}, the file ${shapeText(found)}${isTransposed(wanted, found) ? ' (transposed: PyTorch stores [out, in])' : ''}`),
    ...(options.missingAllowed === true ? [] : match.missing.map(({ name, shape, buffer }) => `${name} ${shapeText(shape)}: missing from the file${buffer ? ' (running statistics)' : ''}`)),
    ...match.extra.map(({ name, shape }) => `${name} ${shapeText(shape)}: the graph has no such weight`),
  ];
}

const isTransposed = (a: readonly number[], b: readonly number[]): boolean => a.length === 2 && a[0] === b[1] && a[1] === b[0];

/** The graph's weights from a file's tensors; throws a FormatError that names every misfit. */
export function requireWeights(graph: CheckedGraph, tensors: StoredTensors, options: { readonly missingAllowed?: boolean } = {}): NamedTensors {
  const match = matchWeights(graph, tensors);
  const misfits = describeMisfits(match, options);
  if (misfits.length === 0) return match.weights;
  throw new FormatError([`The weights do not fit the graph; ${misfits.length} of them differ (names are '<node id>.<weight>', as in PyTorch):`, ...misfits.map((line) => `  ${line}`)].join('\n'));
}
