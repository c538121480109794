/** Between a run's flat arenas on the device and the named tensors of files: PyTorch's names and layouts, exact in both directions. */
import { type Arena, fromStorage, type ParameterEntry, type ParameterLayout, toStorage } from '../graph/parameters.ts';
import { FormatError } from '../interop/format-error.ts';
import type { NamedTensor, NamedTensors } from '../interop/named-tensors.ts';
import type { Text } from '../text.ts';
import { drawWeight } from './initializers/index.ts';

/** Initial weights and buffers of all nodes. */
export function initialTensors(layout: ParameterLayout, seed: number): Record<string, NamedTensor> {
  return Object.fromEntries(layout.entries.map((entry) => [entry.key, { shape: entry.shape, data: drawWeight(entry.init, entry.shape, seed, entry.key) }]));
}

/** An arena's content from named tensors. `key` gives the name under which an entry is to be found. */
export function packArena(arena: Arena, tensors: NamedTensors, key: (entry: ParameterEntry) => string = (entry) => entry.key): Float32Array {
  const out = new Float32Array(arena.length);
  for (const entry of arena.entries) {
    const tensor = tensors[key(entry)];
    if (tensor === undefined) throw new Error(`There is no tensor '${key(entry)}'.`);
    out.set(toStorage(tensor.data, entry.shape, entry.storage), entry.offset);
  }
  return out;
}

export function unpackArena(arena: Arena, data: Float32Array): [ParameterEntry, NamedTensor][] {
  return arena.entries.map((entry) => [entry, { shape: entry.shape, data: fromStorage(data.subarray(entry.offset, entry.offset + entry.count), entry.shape, entry.storage) }]);
}

/**
 * `given` in place of the tensors of the same name. Every name must be known and every shape fit;
 * the error tells all that do not, so that a wrong file is recognized at once.
 */
export function replaceTensors(own: NamedTensors, given: NamedTensors): Record<string, NamedTensor> {
  const problems: Text[] = [];
  for (const [name, tensor] of Object.entries(given)) {
    const mine = Object.hasOwn(own, name) ? own[name] : undefined;
    if (mine === undefined) problems.push({ en: `'${name}' is not a weight of this graph`, zh: `“${name}”不是该图的权重` });
    else if (mine.shape.length !== tensor.shape.length || mine.shape.some((n, i) => n !== tensor.shape[i])) {
      problems.push({ en: `'${name}' is [${tensor.shape.join(', ')}], the graph has [${mine.shape.join(', ')}]`, zh: `“${name}”是 [${tensor.shape.join(', ')}]，而图中是 [${mine.shape.join(', ')}]` });
    }
  }
  if (problems.length > 0) {
    const first = problems.slice(0, 8);
    const names = Object.keys(own);
    throw new WeightsError({
      en: `The given weights do not fit the graph: ${first.map(({ en }) => en).join('; ')}${problems.length > 8 ? `; and ${problems.length - 8} more` : ''}. Its weights are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}.`,
      zh: `所给的权重与该图不符：${first.map(({ zh }) => zh).join('；')}${problems.length > 8 ? `；另有 ${problems.length - 8} 处` : ''}。该图的权重有 ${names.slice(0, 12).join('、')}${names.length > 12 ? '、…' : ''}。`,
    });
  }
  return { ...own, ...given };
}

/** `given`, which must hold every weight and buffer of the layout: a trained model is whole or it is none. */
export function completeTensors(layout: ParameterLayout, given: NamedTensors): Record<string, NamedTensor> {
  const missing = layout.entries.filter((entry) => !Object.hasOwn(given, entry.key)).map(({ key }) => key);
  if (missing.length > 0) {
    const first = missing.slice(0, 8);
    throw new WeightsError({
      en: `The weights lack ${first.map((name) => `'${name}'`).join(', ')}${missing.length > 8 ? ` and ${missing.length - 8} more` : ''} of this graph; they belong to another one.`,
      zh: `权重中缺少该图的${first.map((name) => `“${name}”`).join('、')}${missing.length > 8 ? `，另有 ${missing.length - 8} 个` : ''}；它们属于另一个图。`,
    });
  }
  return replaceTensors(initialTensors(layout, 0), given);
}

/** Weights that do not belong to the graph: wrong input, not a fault of the program. */
export class WeightsError extends FormatError {
  constructor(text: Text) {
    super(text);
    this.name = 'WeightsError';
  }
}
