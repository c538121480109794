/**
 * Where every buffer of a plan lies on the GPU. All but the states share one arena, which each kernel binds
 * once (WebGPU forbids binding a buffer twice when one of the bindings is written) and addresses in words.
 */
import { accessesOf } from '../../compile/accesses.ts';
import type { BufferId, Plan, PlanBuffer } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';
import type { ElementFormat, Place } from './code.ts';
import type { Placement, WorkBuffer } from './levels.ts';

/** Regions begin at multiples of this many words, so that neighbouring buffers share no vector load. */
const ALIGN_WORDS = 4;
const aligned = (words: number): number => Math.ceil(words / ALIGN_WORDS) * ALIGN_WORDS;

/** Words that `length` elements take when packed as they are fed and kept outside of kernels. */
export const packedWords = (dtype: DType, length: number): number => (dtype === 'u8' ? Math.ceil(length / 4) : length);

/** Part of the arena or of a state, with the type and number of its elements. */
export interface Field {
  readonly name: string;
  readonly place: Place;
  readonly dtype: DType;
  readonly length: number;
}

export interface Layout {
  /** What the plan itself needs; working space of the backend comes behind it. */
  readonly words: number;
  readonly inputs: readonly Field[];
  /** The words from the first input to the end of the last: one copy feeds a step. */
  readonly inputRegion: { readonly first: number; readonly words: number };
  readonly outputs: readonly Field[];
  readonly literals: readonly { readonly first: number; readonly data: Float32Array | Int32Array }[];
  readonly places: ReadonlyMap<BufferId, Place>;
}

/** `work` are buffers that the backend has between a kernel's jobs, `halves` those of the plan that hold halves. */
export function layoutOf(plan: Plan, placement: Placement, work: readonly WorkBuffer[], halves: ReadonlySet<BufferId>): Layout {
  const written = new Set<BufferId>();
  for (const kernel of plan.kernels) for (const { access, isStore } of accessesOf(kernel)) if (isStore) written.add(access.buffer);
  const places = new Map<BufferId, Place>();
  let words = aligned(placement.words);
  const append = (buffer: PlanBuffer, format: ElementFormat): void => {
    places.set(buffer.id, { state: undefined, words, format });
    words += aligned(format === 'u8' ? Math.ceil(buffer.length / 4) : buffer.length);
  };
  /** Kernels write bytes as words of their own: two invocations must not share a word. */
  const format = (buffer: PlanBuffer): ElementFormat => (buffer.dtype === 'u8' && written.has(buffer.id) ? 'u8word' : buffer.dtype);
  const byRole = (role: PlanBuffer['role']): PlanBuffer[] => plan.buffers.filter((b) => b.role === role);

  for (const buffer of byRole('state')) places.set(buffer.id, { state: buffer.name, words: 0, format: buffer.dtype });
  for (const buffer of byRole('temporary')) {
    if (format(buffer) === 'u8word') append(buffer, 'u8word');
    else places.set(buffer.id, { state: undefined, words: placement.first.get(buffer.id) ?? 0, format: halves.has(buffer.id) ? 'f16' : buffer.dtype });
  }
  for (const { id, dtype } of work) places.set(id, { state: undefined, words: placement.first.get(id) ?? 0, format: dtype });
  const literals: { first: number; data: Float32Array | Int32Array }[] = [];
  for (const buffer of byRole('literal')) {
    if (buffer.data === undefined) throw new Error(`the literal buffer '${buffer.label}' has no data`);
    literals.push({ first: words, data: buffer.data });
    append(buffer, buffer.dtype);
  }
  const firstInput = words;
  for (const buffer of byRole('input')) append(buffer, buffer.dtype);
  const inputRegion = { first: firstInput, words: words - firstInput };
  for (const buffer of byRole('output')) append(buffer, format(buffer));

  const buffers = new Map(plan.buffers.map((b) => [b.id, b]));
  for (const { id, window } of byRole('window')) {
    const whole = window === undefined ? undefined : places.get(window.of);
    if (window === undefined || whole === undefined) throw new Error(`buffer ${id} is a window of no buffer`);
    places.set(id, { ...whole, words: whole.words + window.first, window: { step: window.step, ...(window.period === undefined ? {} : { period: window.period }) } });
  }
  const fields = (ids: ReadonlyMap<string, BufferId>): Field[] =>
    [...ids].map(([name, id]) => {
      const buffer = buffers.get(id);
      const place = places.get(id);
      if (buffer === undefined || place === undefined) throw new Error(`the plan names buffer ${id} as '${name}', but has none of that number`);
      return { name, place, dtype: buffer.dtype, length: buffer.length };
    });
  return { words, inputs: fields(plan.inputs), inputRegion, outputs: fields(plan.outputs), literals, places };
}
