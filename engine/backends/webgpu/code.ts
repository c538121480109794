/**
 * The text of one WGSL module: how numbers are written, which helper functions it needs and which
 * buffers it binds. Everything that a kernel reads or writes is an array of 32-bit words.
 */
import type { BufferId } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';

/** How elements lie in words. `u8` is four to a word (data that came from outside), `u8word` one to a word (made by kernels). `f16` lies in an arena of its own. */
export type ElementFormat = 'f32' | 'i32' | 'u8' | 'u8word' | 'f16';

/** Where a plan buffer is: in an arena, or in a state's own GPU buffer (a name). `words` is the first word, or the first element of the arena of halves. */
export interface Place {
  readonly state: string | undefined;
  readonly words: number;
  readonly format: ElementFormat;
  /** A window of a loop begins (iteration mod period) · step words further. */
  readonly window?: { readonly step: number; readonly period?: number };
}

export interface Binding {
  readonly of: 'arena' | 'halves' | { readonly state: string };
  readonly writable: boolean;
}

/** What a module may use beyond WGSL's core. */
export interface CodeOptions {
  /** Invocations that a subgroup has at least, a power of two; neighbours in a workgroup are neighbours in it. Left out: no subgroups. */
  readonly subgroups?: number;
}

/** What one kernel adds to a module: what its workgroups do. The lines may use `group` (the flat number among the kernel's own workgroups) and `lane`. */
export interface Section {
  readonly name: string;
  readonly body: readonly string[];
  /** Invocations of a workgroup. */
  readonly threads: number;
  readonly groups: number;
}

/** One compute dispatch: a kernel, or several that do not depend on each other, side by side. */
export interface Dispatch {
  readonly name: string;
  readonly wgsl: string;
  readonly bindings: readonly Binding[];
  readonly groups: readonly [number, number, number];
  /** Reads the number of its loop's iteration, from a uniform of bind group 1 whose place is given with each dispatch. */
  readonly iterates: boolean;
}

/** Registers are f32 or i32; bytes widen to i32. */
export type RegisterType = 'f32' | 'i32';
export const registerType = (dtype: DType): RegisterType => (dtype === 'f32' ? 'f32' : 'i32');

/** WebGPU's guaranteed number of workgroups along one dimension. */
const MAX_GROUPS = 65_535;

/** `groups` workgroups in one or two dimensions; `GROUP_INDEX` in the kernel is the flat number (which may pass the end in two). */
export function gridOf(groups: number): readonly [number, number, number] {
  if (groups <= MAX_GROUPS) return [Math.max(1, groups), 1, 1];
  const rows = Math.ceil(groups / MAX_GROUPS);
  if (rows > MAX_GROUPS) throw new RangeError(`${groups} workgroups are more than WebGPU runs in one dispatch; a smaller batch size helps`);
  return [Math.ceil(groups / rows), rows, 1];
}

/** A WGSL literal of an i32. Negative ones stand in brackets, because `--1` is no WGSL; the smallest has no literal. */
export function i32Text(value: number): string {
  if (value === -2_147_483_648) return 'i32(-2147483648)';
  return value < 0 ? `(${value})` : `${value}`;
}

/** Helper functions by name; each may use those in `needs`. */
const HELPERS: Readonly<Record<string, { readonly needs: readonly string[]; readonly text: string }>> = {
  // A call is no constant expression, so that infinities and NaN pass the front end, which refuses them as constants.
  f32_of_bits: { needs: [], text: 'fn f32_of_bits(bits: u32) -> f32 { return bitcast<f32>(bits); }' },
  // Shader compilers may assume that there is no NaN, and drop x != x; bits they cannot argue with.
  is_nan: { needs: [], text: 'fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }' },
  max_nan: { needs: ['is_nan'], text: 'fn max_nan(a: f32, b: f32) -> f32 { if (is_nan(a)) { return a; } if (is_nan(b)) { return b; } return max(a, b); }' },
  min_nan: { needs: ['is_nan'], text: 'fn min_nan(a: f32, b: f32) -> f32 { if (is_nan(a)) { return a; } if (is_nan(b)) { return b; } return min(a, b); }' },
  // The order of argmax: a NaN beats every number, and the smaller element number wins among equals.
  beats: {
    needs: ['is_nan'],
    text: `fn beats(value: f32, at: i32, best: f32, best_at: i32) -> bool {
  if (is_nan(value) || is_nan(best)) { return is_nan(value) && (!is_nan(best) || at < best_at); }
  return value > best || (value == best && at < best_at);
}`,
  },
  mix_bits: {
    needs: [],
    text: `fn mix_bits(bits: u32) -> u32 {
  var x = bits;
  x ^= x >> 16u; x *= 0x85ebca6bu;
  x ^= x >> 13u; x *= 0xc2b2ae35u;
  return x ^ (x >> 16u);
}`,
  },
  random_keys: {
    needs: ['mix_bits'],
    text: `fn random_keys(seed: i32, step: i32, stream: u32) -> vec2<u32> {
  let k0 = mix_bits(bitcast<u32>(seed) ^ mix_bits(stream));
  return vec2<u32>(k0, mix_bits(k0 ^ mix_bits(bitcast<u32>(step) + 0x7f4a7c15u)));
}`,
  },
  random_bits: { needs: ['mix_bits'], text: 'fn random_bits(keys: vec2<u32>, i: u32) -> u32 { return mix_bits(mix_bits(i ^ keys.y) + keys.x); }' },
  random_uniform: { needs: ['random_bits'], text: 'fn random_uniform(keys: vec2<u32>, i: u32) -> f32 { return f32(random_bits(keys, i) >> 8u) * 5.9604644775390625e-8f; }' },
  // The built-in functions are exact to 2^-11 only. Quarter turns are counted off (pi/2 in two parts, so that the rest is
  // exact), and Taylor polynomials do the rest: the next terms are below 1e-8 at an eighth of a turn.
  sin_at: {
    needs: [],
    text: `fn sin_at(x: f32, quarters: i32) -> f32 {
  let turns = round(x * 0.636619772f);
  let angle = (x - turns * 1.5703125f) - turns * 4.83826795e-4f;
  let t = angle * angle;
  let s = angle * (1f + t * (-0.166666667f + t * (8.33333333e-3f + t * (-1.98412698e-4f + t * 2.75573192e-6f))));
  let c = 1f + t * (-0.5f + t * (4.16666667e-2f + t * (-1.38888889e-3f + t * (2.48015873e-5f + t * -2.75573192e-7f))));
  let quadrant = i32(turns) + quarters;
  let value = select(s, c, (quadrant & 1) == 1);
  return select(value, -value, (quadrant & 2) == 2);
}`,
  },
  random_normal: {
    needs: ['random_bits', 'random_uniform', 'sin_at'],
    text: `fn random_normal(keys: vec2<u32>, i: u32) -> f32 {
  let u = f32((random_bits(keys, 2u * i) >> 8u) + 1u) * 5.9604644775390625e-8f;
  return sqrt(max(-2f * log(u), 0f)) * sin_at(6.28318530718f * random_uniform(keys, 2u * i + 1u), 1);
}`,
  },
};

/** Collects what one module needs while the bodies of its kernels are written. */
export class KernelCode {
  readonly #place: (buffer: BufferId) => Place;
  readonly #states = new Map<string, { index: number; writable: boolean; format: ElementFormat }>();
  readonly #helpers = new Map<string, string>();
  readonly #arrays = new Map<string, { readonly element: string; readonly length: number }>();

  readonly #extensions = new Set<'subgroups' | 'f16'>();
  readonly #options: CodeOptions;

  constructor(place: (buffer: BufferId) => Place, options: CodeOptions = {}) {
    this.#place = place;
    this.#options = options;
  }

  /** Invocations that a subgroup has at least; 1 where there are none to use. Asking for more than 1 is using them. */
  subgroup(most: number): number {
    const size = Math.min(this.#options.subgroups ?? 1, most);
    if (size > 1) this.#extensions.add('subgroups');
    return size;
  }

  place(buffer: BufferId): Place {
    return this.#place(buffer);
  }

  /** The WGSL name of the array that holds `place`; remembers that the kernel binds it. */
  arrayOf(place: Place, writes: boolean): string {
    if (place.format === 'f16') {
      this.#extensions.add('f16');
      return 'halves';
    }
    if (place.state === undefined) return 'arena';
    const known = this.#states.get(place.state);
    if (known === undefined) this.#states.set(place.state, { index: this.#states.size + 1, writable: writes, format: place.format });
    else if (writes) known.writable = true;
    return `state${known?.index ?? this.#states.size}`;
  }

  #iterates = false;
  #countsItself = false;
  /** The number of the loop's iteration, an i32. */
  iteration(): string {
    this.#iterates ||= !this.#countsItself;
    return 'iteration';
  }

  /** What `emit` writes stands in a loop of its own, whose variable is the iteration. */
  insideLoop<T>(emit: () => T): T {
    this.#countsItself = true;
    try {
      return emit();
    } finally {
      this.#countsItself = false;
    }
  }

  /** Makes sure that the module has the helper, and gives its name. */
  helper(name: string): string {
    const helper = HELPERS[name];
    if (helper === undefined) throw new Error(`there is no WGSL helper function '${name}'`);
    for (const needed of helper.needs) this.helper(needed);
    this.#helpers.set(name, helper.text);
    return name;
  }

  /** A helper function whose text comes from elsewhere (the scalar table). */
  addHelper(name: string, text: string): void {
    this.#helpers.set(name, text);
  }

  /** An array in workgroup memory, which all kernels of the module use in turn: it becomes as long as the longest wish. */
  workgroupArray(name: string, element: string, length: number): void {
    const known = this.#arrays.get(name);
    if (known !== undefined && known.element !== element) throw new Error(`the workgroup array '${name}' holds ${known.element}, not ${element}`);
    this.#arrays.set(name, { element, length: Math.max(length, known?.length ?? 0) });
  }

  /** A WGSL expression of a float constant. */
  f32(value: number): string {
    const single = Math.fround(value);
    if (Number.isNaN(single)) return `${this.helper('f32_of_bits')}(0x7fc00000u)`;
    if (!Number.isFinite(single)) return `${this.helper('f32_of_bits')}(${single > 0 ? '0x7f800000u' : '0xff800000u'})`;
    return single < 0 || Object.is(single, -0) ? `(-${-single}f)` : `${single}f`;
  }

  constant(value: number, type: RegisterType): string {
    return type === 'f32' ? this.f32(value) : i32Text(value);
  }

  /** The module, with its bindings and its grid. Kernels side by side have ranges of its workgroups, in their order. */
  finish(sections: readonly Section[]): Dispatch {
    const states = [...this.#states].map(([state, s]) => ({ state, ...s }));
    const grid = gridOf(sections.reduce((sum, { groups }) => sum + groups, 0));
    const group = grid[1] === 1 ? 'i32(workgroup.x)' : `i32(workgroup.y * ${grid[0]}u + workgroup.x)`;
    const iteration = this.#iterates ? ['let iteration = loop_state.x;'] : [];
    const [first, ...others] = sections;
    if (first === undefined || others.some(({ threads }) => threads !== first.threads)) throw new Error('kernels side by side must have workgroups of one size');
    const only = others.length === 0;
    const halves = this.#extensions.has('f16');
    const wgsl = [
      ...[...this.#extensions].map((extension) => `enable ${extension};`),
      '@group(0) @binding(0) var<storage, read_write> arena: array<u32>;',
      ...(halves ? [`@group(0) @binding(${states.length + 1}) var<storage, read_write> halves: array<f16>;`] : []),
      ...states.map((s) => `@group(0) @binding(${s.index}) var<storage, ${s.writable ? 'read_write' : 'read'}> state${s.index}: array<${s.format === 'f32' ? 'f32' : s.format === 'i32' ? 'i32' : 'u32'}>;`),
      ...(this.#iterates ? ['@group(1) @binding(0) var<uniform> loop_state: vec4<i32>;'] : []),
      ...[...this.#arrays].map(([name, { element, length }]) => `var<workgroup> ${name}: array<${element}, ${length}>;`),
      ...this.#helpers.values(),
      // A function each, so that an early return is one from the kernel alone: the barriers of the others want whole workgroups.
      ...(only ? [] : sections.flatMap(({ name, body }, i) => [`// ${name}`, `fn kernel_${i}(group: i32, lane: i32) {`, ...indent([...iteration, ...body]), '}'])),
      `@compute @workgroup_size(${first.threads})`,
      'fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {',
      `  let group = ${group};`,
      '  let lane = i32(local);',
      ...indent(only ? [...iteration, ...first.body] : ranges(sections)),
      '}',
      '',
    ].join('\n');
    const bindings: Binding[] = [{ of: 'arena', writable: true }, ...states.map((s): Binding => ({ of: { state: s.state }, writable: s.writable })), ...(halves ? [{ of: 'halves' as const, writable: true }] : [])];
    return { name: sections.map(({ name }) => name).join(' | '), wgsl, bindings, groups: grid, iterates: this.#iterates };
  }
}

/** Each kernel is called by the workgroups of its range; the last also by those past the end of a two-dimensional grid. */
function ranges(sections: readonly Section[]): string[] {
  let from = 0;
  return sections.map(({ groups }, i) => {
    const call = `kernel_${i}(${from === 0 ? 'group' : `group - ${from}`}, lane);`;
    from += groups;
    const before = i === 0 ? '' : '} else ';
    return i === sections.length - 1 ? `} else { ${call} }` : `${before}if (group < ${from}) { ${call}`;
  });
}

export const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? line : `  ${line}`));
