/** What a network makes out of latent numbers: where it starts, which numbers it is given, and its pictures side by side. */
import { type CheckedGraph, ancestors } from '../../engine/graph/checked-graph.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc, NodeId } from '../../engine/graph/document.ts';
import type { Latent } from '../../engine/nodes/node-type.ts';
import type { ImageSize } from './model-facts.ts';

export interface Generator extends Latent {
  /** The node whose output is put in place of what it would give. */
  readonly node: NodeId;
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly image: ImageSize;
}

const known = new WeakMap<GraphDoc, Generator | null>();

/** Of a run's document, which is checked once. */
export function generatorOf(doc: GraphDoc): Generator | undefined {
  let found = known.get(doc);
  if (found === undefined) known.set(doc, (found = generatorIn(checkGraph(doc).graph) ?? null));
  return found ?? undefined;
}

/** Undefined unless the prediction is pictures that depend on a latent distribution. */
export function generatorIn(graph: CheckedGraph | undefined): Generator | undefined {
  if (graph?.prediction === undefined) return undefined;
  const needed = ancestors(graph, [graph.prediction.node]);
  const start = graph.order.find(({ id, definition }) => needed.has(id) && definition.latent !== undefined);
  const latent = start?.definition.latent?.(start.params);
  const shape = start?.outputTypes[0]?.shape.slice(1).map(Number);
  const [channels = 0, height = 0, width = 0, ...more] = graph.prediction.type.shape.slice(1).map(Number);
  if (start === undefined || latent === undefined || shape === undefined || (channels !== 1 && channels !== 3) || height < 2 || width < 2 || more.length > 0) return undefined;
  return { node: start.id, shape, ...latent, image: { channels, height, width } };
}

/** How many numbers a picture is made of. */
export const latentSize = ({ shape }: Pick<Generator, 'shape'>): number => shape.reduce((product, n) => product * n, 1);
/** Where the plane that is shown ends: nearly all of a normal distribution lies within three deviations. */
export const planeReach = ({ distribution, scale }: Latent): number => (distribution === 'normal' ? 3 * scale : scale);

/** [side · side, 2]: the middles of the cells of a square around 0, row by row from the top, as pictures are. */
export function planeGrid(side: number, reach: number): Float32Array {
  const at = (cell: number): number => ((2 * cell + 1) / side - 1) * reach;
  return Float32Array.from({ length: 2 * side * side }, (_, i) => {
    const cell = i >> 1;
    return i % 2 === 0 ? at(cell % side) : -at(Math.floor(cell / side));
  });
}

/** `count` independent numbers of the distribution; normal ones by Box & Muller (1958). */
export function latentDraws(count: number, { distribution, scale }: Latent, random: () => number = Math.random): Float32Array {
  return Float32Array.from({ length: count }, () => {
    if (distribution === 'uniform') return scale * (2 * random() - 1);
    return scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  });
}

/** Pictures [count, channels, height, width] as one of [channels, rows · height, columns · width]; places without a picture are 0. */
export function tiled(pictures: ArrayLike<number>, count: number, columns: number, { channels, height, width }: ImageSize): Float32Array {
  const rows = Math.ceil(count / columns);
  const sheet = new Float32Array(channels * rows * height * columns * width);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < height; i++) {
        const from = ((n * channels + c) * height + i) * width;
        const to = ((c * rows + Math.floor(n / columns)) * height + i) * columns * width + (n % columns) * width;
        for (let j = 0; j < width; j++) sheet[to + j] = pictures[from + j] ?? 0;
      }
    }
  }
  return sheet;
}
