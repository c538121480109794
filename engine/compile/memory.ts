/**
 * Places temporaries in one arena: buffers whose lifetimes do not overlap share bytes. Largest
 * first, each at the lowest offset that is free for its whole lifetime.
 */

export interface Lifetime {
  readonly bytes: number;
  /** First and last kernel that touches it, inclusive. */
  readonly from: number;
  readonly to: number;
}

/** A cache line, and what WebAssembly vectors and GPU bindings like. */
export const ALIGNMENT = 64;
export const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export function placeLifetimes(lifetimes: readonly Lifetime[]): { readonly offsets: readonly number[]; readonly bytes: number } {
  const order = lifetimes.map((_, i) => i).sort((a, b) => (lifetimes[b]?.bytes ?? 0) - (lifetimes[a]?.bytes ?? 0) || (lifetimes[a]?.from ?? 0) - (lifetimes[b]?.from ?? 0));
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: { readonly offset: number; readonly end: number; readonly life: Lifetime }[] = [];
  let total = 0;
  for (const i of order) {
    const life = lifetimes[i];
    if (life === undefined) continue;
    const bytes = align(life.bytes);
    let offset = 0;
    // `placed` is sorted by offset: the first gap that is wide enough.
    for (const other of placed) {
      if (other.life.to < life.from || other.life.from > life.to) continue;
      if (other.offset - offset >= bytes) break;
      offset = Math.max(offset, other.end);
    }
    offsets[i] = offset;
    total = Math.max(total, offset + bytes);
    const at = placed.findIndex((p) => p.offset > offset);
    placed.splice(at < 0 ? placed.length : at, 0, { offset, end: offset + bytes, life });
  }
  return { offsets, bytes: total };
}
