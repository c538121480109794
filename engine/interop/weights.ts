/**
 * Weights of a file held against those of a graph, by PyTorch's names: what is missing, what is
 * over and what has another shape is told all at once, with the shapes, before anything is loaded.
 */
import { type CheckedGraph, weightKey } from '../graph/checked-graph.ts';
import { sameShape } from '../tensor/ir.ts';
import type { Text } from '../text.ts';
import { FormatError } from './format-error.ts';
import type { NamedTensor, NamedTensors } from './named-tensors.ts';
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
      const name = weightKey(node, weight);
      // Several nodes may have a weight in common.
      if (wantedNames.has(name)) continue;
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

/** One line for each tensor that cannot be used, for the user. */
function misfits(match: WeightMatch, missingAllowed: boolean): readonly Text[] {
  return [
    ...match.misshaped.map(({ name, wanted, found }) => ({
      en: `${name} is ${shapeText(found)} in the file, the graph has ${shapeText(wanted)}${isTransposed(wanted, found) ? ': transposed; PyTorch stores [out, in]' : ''}`,
      zh: `${name} 在文件中是 ${shapeText(found)}，而图中是 ${shapeText(wanted)}${isTransposed(wanted, found) ? '：被转置了；PyTorch 按 [out, in] 存储' : ''}`,
    })),
    ...(missingAllowed ? [] : match.missing.map(({ name, shape, buffer }) => ({
      en: `${name} ${shapeText(shape)} is missing from the file${buffer ? ' (running statistics)' : ''}`, zh: `文件中缺少 ${name} ${shapeText(shape)}${buffer ? '（滑动统计量）' : ''}`,
    }))),
    ...match.extra.map(({ name, shape }) => ({ en: `${name} ${shapeText(shape)} is no weight of the graph`, zh: `${name} ${shapeText(shape)} 不是该图的权重` })),
  ];
}

const isTransposed = (a: readonly number[], b: readonly number[]): boolean => a.length === 2 && a[0] === b[1] && a[1] === b[0];

/**
 * `matchWeights` for callers that want all to fit: throws a FormatError that names every misfit.
 * With `missingAllowed`, a file may hold the weights of some nodes only, as for a pretrained trunk.
 */
export function requireFittingWeights(graph: CheckedGraph, tensors: StoredTensors, options: { readonly missingAllowed?: boolean } = {}): WeightMatch {
  const match = matchWeights(graph, tensors);
  const lines = misfits(match, options.missingAllowed === true);
  if (lines.length === 0) return match;
  throw new FormatError({
    en: [`${lines.length} ${lines.length === 1 ? 'tensor does' : 'tensors do'} not fit the graph; names are '<node id>.<weight>' and layouts PyTorch's:`, ...lines.map(({ en }) => `  ${en}`)].join('\n'),
    zh: [`有 ${lines.length} 个张量与该图不符；名称为“<节点 id>.<权重>”，布局与 PyTorch 相同：`, ...lines.map(({ zh }) => `  ${zh}`)].join('\n'),
  });
}
