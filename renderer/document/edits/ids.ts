/** Names for what is new: short, readable, and free in the graph that they are for. */
import { HOSTILE_KEYS, ID_PATTERN } from '../../../engine/graph/ids.ts';

type Taken = (id: string) => boolean;

/** Room for a number of five digits behind it within the 64 characters of an id. */
const MAX_BASE = 58;

/** `Conv2D` -> `conv`, `MaxPool2D` -> `maxpool`, `Mein Block!` -> `mein_block`; `fallback` where nothing readable is left. */
export function idBase(name: string, fallback: string): string {
  const base = name.replace(/\d+D$/, '').toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, MAX_BASE);
  return base === '' ? fallback : base;
}

/** `conv`, or where that name is in use, also with a number: one more than the largest (`conv2` after `conv`, `conv3` after `conv2`). */
export function freshId(base: string, ids: Iterable<string>): string {
  let largest = -1;
  for (const id of ids) {
    if (!id.startsWith(base)) continue;
    const rest = id.slice(base.length);
    if (rest === '') largest = Math.max(largest, 1);
    else if (/^[1-9]\d{0,4}$/.test(rest)) largest = Math.max(largest, Number(rest));
  }
  return largest < 0 && !HOSTILE_KEYS.has(base) ? base : `${base}${Math.max(largest, 1) + 1}`;
}

/** The id itself where it is free; else with the next number in place of its own: `conv1` -> `conv3`. */
export function freeId(id: string, isTaken: Taken): string {
  if (!isTaken(id)) return id;
  const base = id.replace(/\d+$/, '').slice(0, MAX_BASE) || 'n';
  for (let number = Math.max(1, Number(/[1-9]\d{0,5}$/.exec(id)?.[0] ?? 1)) + 1; ; number++) {
    const next = `${base}${number}`;
    if (!isTaken(next)) return next;
  }
}

/** Wires count in the order of their ids where a port takes several, so new ones come after all others. Each call gives the next. */
export function freshEdgeIds(edges: Readonly<Record<string, unknown>>): () => string {
  let largest = 0;
  for (const id of Object.keys(edges)) {
    if (/^e\d{1,12}$/.test(id)) largest = Math.max(largest, Number(id.slice(1)));
  }
  return () => `e${++largest}`;
}

/** Whether a name can be that of a port or of an exposed parameter, which wires and files write as ids. */
export const isValidName = (name: string): boolean => ID_PATTERN.test(name) && !HOSTILE_KEYS.has(name);
