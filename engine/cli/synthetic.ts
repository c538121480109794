/** Made-up samples of the shapes that a graph's sources have: for benchmarks without the data, and for looking at plans. */
import { Random } from '../data/random.ts';
import type { LoadedData, SampleArray, Samples } from '../data/dataset.ts';
import type { CheckedGraph, CheckedNode } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import type { TensorType } from '../nodes/node-type.ts';

/** Every port of every source, `count` samples each, the same for the same seed. */
export function syntheticData(graph: CheckedGraph, count: number, seed: number): Readonly<Record<NodeId, LoadedData>> {
  return Object.fromEntries(graph.sources.map((node, n): [NodeId, LoadedData] => [node.id, { train: samplesOf(node, count, new Random(seed, n)) }]));
}

function samplesOf(node: CheckedNode, count: number, random: Random): Samples {
  return Object.fromEntries(node.definition.outputs.flatMap((port, i): [string, SampleArray][] => {
    const type = node.outputTypes[i];
    return type === undefined ? [] : [[port.name, arrayOf(type, count, random)]];
  }));
}

function arrayOf(type: TensorType, count: number, random: Random): SampleArray {
  const shape = type.shape.map((dim) => (dim === 'N' ? count : dim));
  const length = shape.reduce((product, n) => product * n, 1);
  if (type.dtype === 'i32') return { shape, data: filled(new Int32Array(length), () => random.below(type.classes ?? 2)) };
  // Images are kept as bytes, which is how the image sets come.
  if (shape.length >= 3) return { shape, data: filled(new Uint8Array(length), () => random.below(256)), scale: 1 / 255 };
  // In [0, 1), which suits every loss: as a number, as a probability, as a binary target.
  return { shape, data: filled(new Float32Array(length), () => random.uniform()) };
}

/** A plain loop: tens of millions of pixels are too many for `from` and its calls. */
function filled<T extends Int32Array | Uint8Array | Float32Array>(data: T, next: () => number): T {
  for (let i = 0; i < data.length; i++) data[i] = next();
  return data;
}
