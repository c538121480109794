/**
 * Writes scalar expressions, loads and stores as WGSL statements. Each statement goes into the outermost
 * scope in which its value is known, so that what does not depend on an inner loop is computed before it;
 * equal texts become one variable.
 */
import type { Access, Affine, Guard, ScalarExpr, Store } from '../../compile/plan.ts';
import { affineRange } from './axes.ts';
import { type ElementFormat, type KernelCode, type Place, type RegisterType, i32Text, registerType } from './code.ts';
import { callText } from './scalar-calls.ts';

/** A block of WGSL under construction. */
export class Scope {
  readonly lines: string[] = [];
  readonly names = new Map<string, string>();
}

/** A WGSL expression and the innermost scope that it needs (0 is the outermost). */
export interface Term {
  readonly text: string;
  readonly level: number;
}

/** Where an expression is evaluated: what its axes and accumulators are called, and the scopes around it, outermost first. */
export interface Frame {
  /** One per stride; undefined where the axis is not iterated (strides are 0 there, or do not matter). */
  readonly axes: readonly (Term | undefined)[];
  readonly sizes: readonly number[];
  readonly accumulators: readonly Term[];
  readonly scopes: readonly Scope[];
}

/** The type of the register that holds the expression's value. */
export function exprType(expr: ScalarExpr): RegisterType {
  switch (expr.kind) {
    case 'const':
    case 'load':
    case 'call':
    case 'accumulator':
      return registerType(expr.dtype);
    case 'index':
      return 'i32';
    case 'random':
    case 'inside':
      return 'f32';
  }
}

/** Fresh variable names of one module; the underscore keeps them apart from `i32` and its like. */
export class Names {
  #count = 0;
  next(stem: string): string {
    return `${stem}_${this.#count++}`;
  }
}

export class Expressions {
  readonly #code: KernelCode;
  readonly #names: Names;
  readonly #frame: Frame;
  readonly #known = new Map<ScalarExpr, Term>();

  constructor(code: KernelCode, names: Names, frame: Frame) {
    this.#code = code;
    this.#names = names;
    this.#frame = frame;
  }

  #scope(level: number): Scope {
    const scope = this.#frame.scopes[level];
    if (scope === undefined) throw new Error(`no scope ${level}`);
    return scope;
  }

  /** A variable in scope `level` that holds `text`; the one that holds it already, if any. */
  define(stem: string, text: string, level: number): Term {
    for (let outer = 0; outer <= level; outer++) {
      const name = this.#scope(outer).names.get(text);
      if (name !== undefined) return { text: name, level: outer };
    }
    const name = this.#names.next(stem);
    this.#scope(level).lines.push(`let ${name} = ${text};`);
    this.#scope(level).names.set(text, name);
    return { text: name, level };
  }

  /** offset + Σ stride · axis, summed scope by scope so that outer parts are computed once. */
  affine(at: Affine): Term {
    const byLevel = new Map<number, string[]>();
    at.strides.forEach((stride, d) => {
      const axis = this.#frame.axes[d];
      if (stride === 0 || axis === undefined) return;
      const terms = byLevel.get(axis.level) ?? [];
      terms.push(stride === 1 ? axis.text : `${axis.text} * ${i32Text(stride)}`);
      byLevel.set(axis.level, terms);
    });
    let sum: Term | undefined;
    for (const level of [...byLevel.keys()].sort((a, b) => a - b)) {
      const terms = byLevel.get(level) ?? [];
      if (sum !== undefined) terms.unshift(sum.text);
      else if (at.offset !== 0) terms.push(i32Text(at.offset));
      sum = terms.length === 1 && terms[0] !== undefined && /^\w+$/.test(terms[0]) ? { text: terms[0], level } : this.define('i', terms.join(' + '), level);
    }
    return sum ?? { text: i32Text(at.offset), level: 0 };
  }

  /** Conditions that are not always true; 'false' if one never is. */
  guards(guards: readonly Guard[]): Term[] {
    const conditions: Term[] = [];
    for (const guard of guards) {
      const { min, max } = affineRange(guard, this.#frame.sizes);
      if (min >= 0 && max < guard.extent) continue;
      if (max < 0 || min >= guard.extent) return [{ text: 'false', level: 0 }];
      const at = this.affine(guard);
      // Seen as unsigned, a negative number is larger than any extent.
      conditions.push(this.define('in', `u32(${at.text}) < ${guard.extent}u`, at.level));
    }
    return conditions;
  }

  /** The element number of an access within its array of `format`, counted from the start of the GPU buffer. */
  #element(access: Access, { words, format, window }: Place): Term {
    let base = this.affine({ offset: access.offset + (format === 'u8' ? words * 4 : words), strides: access.strides });
    if (window !== undefined && window.step !== 0) {
      const iteration = window.period === undefined ? this.#code.iteration() : `(${this.#code.iteration()} % ${window.period})`;
      base = this.define('i', `${base.text} + ${iteration} * ${i32Text(window.step)}`, base.level);
    }
    if (access.indirect === undefined) return base;
    const { index, stride, extent } = access.indirect;
    const row = this.#load(index);
    const level = Math.max(base.level, row.level);
    return this.define('i', `${base.text} + clamp(${row.text}, 0, ${i32Text(extent - 1)}) * ${i32Text(stride)}`, level);
  }

  #load(access: Access): Term {
    const place = this.#code.place(access.buffer);
    const array = this.#code.arrayOf(place, false);
    const conditions = this.guards(access.guards);
    const type = place.format === 'f32' || place.format === 'f16' ? 'f32' : 'i32';
    const fill = this.#code.constant(access.fill, type);
    if (conditions.some((c) => c.text === 'false')) return { text: fill, level: 0 };
    const element = this.#element(access, place);
    const text = loadText(array, place.state !== undefined, place.format, element.text);
    if (conditions.length === 0) return this.define('v', text, element.level);
    const condition = conditions.map((c) => c.text).join(' && ');
    const level = Math.max(element.level, ...conditions.map((c) => c.level));
    const key = `${condition} ? ${text} : ${fill}`;
    for (let outer = 0; outer <= level; outer++) {
      const name = this.#scope(outer).names.get(key);
      if (name !== undefined) return { text: name, level: outer };
    }
    const name = this.#names.next('v');
    this.#scope(level).lines.push(`var ${name} = ${fill};`, `if (${condition}) { ${name} = ${text}; }`);
    this.#scope(level).names.set(key, name);
    return { text: name, level };
  }

  /** The value of the expression as a WGSL expression without side effects. */
  value(expr: ScalarExpr): Term {
    const known = this.#known.get(expr);
    if (known !== undefined) return known;
    const term = this.#evaluate(expr);
    this.#known.set(expr, term);
    return term;
  }

  #evaluate(expr: ScalarExpr): Term {
    switch (expr.kind) {
      case 'const':
        return { text: this.#code.constant(expr.value, registerType(expr.dtype)), level: 0 };
      case 'load':
        return this.#load(expr.access);
      case 'index':
        return this.affine(expr.at);
      case 'accumulator': {
        const accumulator = this.#frame.accumulators[expr.index];
        if (accumulator === undefined) throw new RangeError(`accumulator ${expr.index} is used before it is computed`);
        return accumulator;
      }
      case 'inside': {
        const conditions = this.guards(expr.guards);
        if (conditions.length === 0) return { text: '1f', level: 0 };
        return this.define('v', `select(0f, 1f, ${conditions.map((c) => c.text).join(' && ')})`, Math.max(...conditions.map((c) => c.level)));
      }
      case 'random': {
        const seed = this.value(expr.seed);
        const step = this.value(expr.step);
        const stream = `${(expr.stream + 0x9e3779b9) >>> 0}u`;
        const keys = this.define('keys', `${this.#code.helper('random_keys')}(${seed.text}, ${step.text}, ${stream})`, Math.max(seed.level, step.level));
        const at = this.affine(expr.at);
        const draw = this.#code.helper(expr.distribution === 'uniform' ? 'random_uniform' : 'random_normal');
        return this.define('v', `${draw}(${keys.text}, u32(${at.text}))`, Math.max(keys.level, at.level));
      }
      case 'call': {
        let args = expr.args.map((arg) => this.value(arg));
        // What WGSL computes from constants alone it computes at compile time, where log(-1) or an overflow is an error.
        if (expr.args.every((arg) => arg.kind === 'const')) args = args.map((a) => this.define('c', a.text, 0));
        const text = callText(this.#code, expr.fn, args.map((a) => a.text), expr.args.map(exprType), registerType(expr.dtype));
        const level = Math.max(0, ...args.map((a) => a.level));
        return args.some((a) => a.text === text) ? { text, level } : this.define('v', text, level);
      }
    }
  }

  /** Stores in the innermost scope. All values are computed before the first is stored, so that stores may overwrite what was loaded. */
  stores(stores: readonly Store[], alsoIf?: string): void {
    const last = this.#frame.scopes.length - 1;
    const writes = stores.map((store) => {
      const value = this.value(store.value);
      const place = this.#code.place(store.to.buffer);
      if (place.format === 'u8') throw new Error(`the state '${place.state ?? ''}' holds bytes, which WebGPU kernels only read; keep what a program writes as f32 or i32`);
      const array = this.#code.arrayOf(place, true);
      const conditions = this.guards(store.to.guards).map((c) => c.text);
      if (alsoIf !== undefined) conditions.unshift(alsoIf);
      const element = this.#element(store.to, place);
      const assignment = `${array}[${element.text}] = ${storedText(value.text, exprType(store.value), place.format, place.state !== undefined)};`;
      return conditions.length === 0 ? assignment : `if (${conditions.join(' && ')}) { ${assignment} }`;
    });
    this.#scope(last).lines.push(...writes);
  }
}

function loadText(array: string, typed: boolean, format: ElementFormat, element: string): string {
  switch (format) {
    case 'f32':
      return typed ? `${array}[${element}]` : `bitcast<f32>(${array}[${element}])`;
    case 'i32':
      return typed ? `${array}[${element}]` : `bitcast<i32>(${array}[${element}])`;
    case 'u8word':
      return `i32(${array}[${element}])`;
    case 'f16':
      return `f32(${array}[${element}])`;
    case 'u8':
      return `i32((${array}[u32(${element}) >> 2u] >> ((u32(${element}) & 3u) * 8u)) & 255u)`;
  }
}

function storedText(value: string, type: RegisterType, format: ElementFormat, typed: boolean): string {
  const wanted: RegisterType = format === 'f32' || format === 'f16' ? 'f32' : 'i32';
  const converted = type === wanted ? value : `${wanted}(${value})`;
  if (format === 'f16') return `f16(${converted})`;
  if (format === 'u8word') return `u32(${converted}) & 255u`;
  return typed ? converted : `bitcast<u32>(${converted})`;
}

/**
 * Takes the flat row-major number `flat` (an i32 expression, at least 0) over `sizes` apart. Statements go
 * into `scope`; the last axis varies fastest.
 */
export function unflatten(names: Names, scope: Scope, flat: string, sizes: readonly number[]): string[] {
  let real = sizes.filter((n) => n !== 1).length;
  if (real === 0) return sizes.map(() => '0');
  if (real === 1) return sizes.map((n) => (n === 1 ? '0' : flat));
  const result: string[] = [];
  // Unsigned division by a constant is cheaper than signed.
  let rest = names.next('r');
  scope.lines.push(`let ${rest} = u32(${flat});`);
  for (let d = sizes.length - 1; d >= 0; d--) {
    const size = sizes[d] ?? 1;
    if (size === 1) {
      result.unshift('0');
      continue;
    }
    const axis = names.next('a');
    result.unshift(axis);
    real--;
    if (real === 0) {
      scope.lines.push(`let ${axis} = i32(${rest});`);
      continue;
    }
    const next = names.next('r');
    scope.lines.push(`let ${next} = ${rest} / ${size}u;`, `let ${axis} = i32(${rest} - ${next} * ${size}u);`);
    rest = next;
  }
  return result;
}
