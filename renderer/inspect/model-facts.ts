/** What a trained graph takes and gives, as the panels need to know it to draw, ask and label. */
import { ancestors } from '../../engine/graph/checked-graph.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc, NodeId } from '../../engine/graph/document.ts';

export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}
export interface ModelFacts {
  /** The source that the prediction depends on, and what one of its samples is: [1, 28, 28], [2]. */
  readonly source: NodeId;
  readonly input: readonly number[];
  /** The samples of `input` are pictures. */
  readonly image: ImageSize | undefined;
  /** A data node, which has samples of its own; an Input has none. */
  readonly hasData: boolean;
  /** Sources besides it that the prediction needs; a panel that can only give one input must say so. */
  readonly otherSources: readonly NodeId[];
  /** One prediction's shape: [10], [1], [1, 28, 28]. */
  readonly output: readonly number[];
}

const known = new WeakMap<GraphDoc, ModelFacts | null>();

/** Undefined for a graph that predicts nothing. */
export function modelFacts(doc: GraphDoc): ModelFacts | undefined {
  let facts = known.get(doc);
  if (facts === undefined) known.set(doc, (facts = findFacts(doc) ?? null));
  return facts ?? undefined;
}

function findFacts(doc: GraphDoc): ModelFacts | undefined {
  const { graph } = checkGraph(doc);
  if (graph?.prediction === undefined) return undefined;
  const needed = ancestors(graph, [graph.prediction.node]);
  const [source, ...others] = graph.sources.filter(({ id }) => needed.has(id));
  const shape = source?.outputTypes[0]?.shape;
  if (source === undefined || shape === undefined) return undefined;
  const sizes = (dims: readonly (number | 'N')[]): number[] => dims.slice(1).map(Number);
  const input = sizes(shape);
  const [channels = 0, height = 0, width = 0] = input;
  return {
    source: source.id, input, hasData: source.definition.category === 'data' && source.definition.data !== undefined,
    image: input.length === 3 && (channels === 1 || channels === 3) && height > 1 && width > 1 ? { channels, height, width } : undefined,
    otherSources: others.map(({ id }) => id), output: sizes(graph.prediction.type.shape),
  };
}

/** The class's name, or its number. */
export const className = (names: readonly string[] | undefined, index: number): string => names?.[index] ?? String(index);
