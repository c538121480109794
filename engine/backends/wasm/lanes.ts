/**
 * Scalar expressions on four lanes: the lanes are four neighbouring points along one axis of the
 * kernel. What does not depend on the moving axes is computed once, ahead of the loop.
 */
import type { Access, Affine, Guard, PlanBuffer, ScalarExpr, Store } from '../../compile/plan.ts';
import { bytesPerElement } from '../../tensor/ir.ts';
import { mix } from '../../tensor/random.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import type { ModuleBuilder } from './module-builder.ts';
import type { Nest } from './nest.ts';
import { comparisons, scalarEmitters } from './scalar.ts';

/** A product of it with a number of more than 1e-8 is still a normal one. */
const NEXT_TO_NOTHING = 2 ** -100;
/** Bytes of a cache line, and of what is loaded to ask for one. */
const LINE = 64;
const WORD = 4;

export interface LaneOptions {
  readonly m: ModuleBuilder;
  readonly nest: Nest;
  readonly buffers: readonly PlanBuffer[];
  /** The axis along which the four lanes lie. */
  readonly laneAxis: number;
  /** Axes that the loop moves along; expressions without them are hoisted by `hoist`. */
  readonly movingAxes: readonly number[];
  /** Vectors with the accumulators' values. */
  accumulator(index: number, group: number): Local;
  /** Floats that are next to nothing are stored as 0. */
  readonly settles?: boolean | undefined;
  /** The accumulators change from point to point (contractions), so nothing made of them may be hoisted. */
  readonly accumulatorMoves?: boolean;
}

/** A comparison as a condition. */
type Comparison = Extract<ScalarExpr, { kind: 'call' }> & { readonly fn: keyof typeof comparisons };

/** True for +0 alone, whose bits are those of an integer 0. */
const isZero = (expr: ScalarExpr | undefined): boolean => expr?.kind === 'const' && Object.is(expr.value, 0);

/** Which vector of a group of neighbouring ones, and how many of its lanes exist. */
export interface Place {
  readonly group: number;
  readonly lanes: number;
  /** Steps along further axes from where the loops stand: written-out loops address by constants. */
  readonly at?: ReadonlyMap<number, number>;
}

export class Lanes {
  readonly #o: LaneOptions;
  readonly #f: FunctionBuilder;
  #invariant = new Map<string, Local>();
  #current = new Map<string, Local>();
  #ids = new Map<ScalarExpr, string>();
  /** Bytes to the rows that an index picks for the whole loop. */
  #rows = new Map<string, Local>();

  constructor(options: LaneOptions) {
    this.#o = options;
    this.#f = options.nest.f;
  }

  /** Make locals for every form that these expressions need. */
  register(exprs: readonly ScalarExpr[], stores: readonly Store[]): void {
    const seen = new Set<ScalarExpr>();
    const walk = (expr: ScalarExpr): void => {
      if (seen.has(expr)) return;
      seen.add(expr);
      if (expr.kind === 'load') this.#registerAccess(expr.access);
      else if (expr.kind === 'index') this.#o.nest.value(expr.at);
      else if (expr.kind === 'inside') expr.guards.forEach((g) => this.#o.nest.value(g));
      else if (expr.kind === 'random') {
        this.#o.nest.value(expr.at);
        walk(expr.seed);
        walk(expr.step);
      } else if (expr.kind === 'call') expr.args.forEach(walk);
    };
    exprs.forEach(walk);
    for (const store of stores) {
      this.#registerAccess(store.to);
      walk(store.value);
    }
  }
  #registerAccess(access: Access): void {
    this.#o.nest.address(access.buffer, access, this.#bytes(access));
    access.guards.forEach((g) => this.#o.nest.value(g));
    if (access.indirect !== undefined) this.#registerAccess(access.indirect.index);
  }
  #bytes(access: Access): number {
    return bytesPerElement(this.#o.buffers[access.buffer]?.dtype ?? 'f32');
  }

  /** Compute ahead of the loop what the loop does not change. Call where the moving axes are at their start. */
  hoist(exprs: readonly ScalarExpr[], groups: readonly Place[] = [{ group: 0, lanes: 4 }]): void {
    this.reset();
    const visit = (expr: ScalarExpr, place: Place): void => {
      if (!this.#moves(expr)) {
        if (expr.kind !== 'accumulator') this.#invariant.set(this.#key(expr, place), this.#emit(expr, place));
      } else if (expr.kind === 'call') expr.args.forEach((arg) => visit(arg, place));
      else if (expr.kind === 'load') this.#hoistRow(expr.access);
    };
    for (const place of groups) for (const expr of exprs) visit(expr, place);
  }
  /** What these expressions read in rows that an index picks, where all of a row goes by the same index. */
  pickedRows(exprs: readonly ScalarExpr[]): Access[] {
    const found = new Map<string, Access>();
    const visit = (expr: ScalarExpr): void => {
      if (expr.kind === 'call') expr.args.forEach(visit);
      if (expr.kind === 'load' && this.#rowKey(expr.access) !== undefined && expr.access.strides[this.#o.laneAxis] === 1) found.set(JSON.stringify(expr.access), expr.access);
    };
    exprs.forEach(visit);
    return [...found.values()];
  }
  /** Undefined where no index picks a row, where points of the loop pick other ones, or where not every point may look. */
  #rowKey({ buffer, indirect, guards }: Access): string | undefined {
    if (indirect === undefined || guards.length > 0) return undefined;
    const { index } = indirect;
    const stays = index.indirect === undefined && index.guards.length === 0 && [this.#o.laneAxis, ...this.#o.movingAxes].every((axis) => (index.strides[axis] ?? 0) === 0);
    return stays ? `${buffer}|${JSON.stringify(indirect)}` : undefined;
  }
  #hoistRow(access: Access): void {
    const key = this.#rowKey(access);
    if (key === undefined || this.#rows.has(key)) return;
    const row = this.#f.local('i32');
    this.#f.i32(0);
    this.#addRow(access, 0);
    this.#f.set(row);
    this.#rows.set(key, row);
  }
  /** Ask for `length` elements of such a row where the loops stand: for all its cache lines at once. */
  fetchRow(access: Access, length: number): void {
    const f = this.#f;
    const at = f.local('i32');
    this.#pushAddress(access, { group: 0, lanes: 4 });
    f.set(at);
    f.repeat(f.local('i32'), Math.floor((length * this.#bytes(access) - WORD) / LINE) + 1, () => {
      f.get(at).i32Load().op('drop');
      f.increment(at, LINE);
    });
  }

  /** Forget what was computed: the next expressions stand at another point. */
  next(): void {
    this.#current = new Map();
  }
  reset(): void {
    this.#invariant = new Map();
    this.#current = new Map();
    this.#rows = new Map();
  }

  #moves(expr: ScalarExpr): boolean {
    const affine = (at: Affine): boolean => this.#o.movingAxes.some((axis) => (at.strides[axis] ?? 0) !== 0);
    const access = (a: Access): boolean => affine(a) || a.guards.some(affine) || (a.indirect !== undefined && access(a.indirect.index));
    switch (expr.kind) {
      case 'const': return false;
      case 'accumulator': return this.#o.accumulatorMoves === true;
      case 'load': return access(expr.access);
      case 'index': return affine(expr.at);
      case 'random': return affine(expr.at) || this.#moves(expr.seed) || this.#moves(expr.step);
      case 'inside': return expr.guards.some(affine);
      case 'call': return expr.args.some((arg) => this.#moves(arg));
    }
  }
  /** Whether the lanes differ, even if the loop does not move them. */
  #differs(at: Affine): boolean {
    return (at.strides[this.#o.laneAxis] ?? 0) !== 0;
  }

  /** Constant part of a form at a place: whole vectors along the lane axis, written-out steps along others. */
  #shift(at: Affine, place: Place): number {
    let shift = place.group * 4 * (at.strides[this.#o.laneAxis] ?? 0);
    for (const [axis, steps] of place.at ?? []) shift += steps * (at.strides[axis] ?? 0);
    return shift;
  }

  #key(expr: ScalarExpr, place: Place): string {
    let id = this.#ids.get(expr);
    if (id === undefined) {
      // Equal loads are one load, also when they come from different expressions.
      id = expr.kind === 'load' || expr.kind === 'const' || expr.kind === 'index' ? JSON.stringify(expr) : `#${this.#ids.size}`;
      this.#ids.set(expr, id);
    }
    return `${place.group}|${place.lanes}|${place.at === undefined ? '' : [...place.at].join()}|${id}`;
  }

  /** Local with the four lanes of an expression. */
  vector(expr: ScalarExpr, place: Place): Local {
    if (expr.kind === 'accumulator') return this.#o.accumulator(expr.index, place.group);
    return this.#known(this.#key(expr, place)) ?? this.#emit(expr, place);
  }
  /** At several places, operation by operation: of neighbouring vectors V8's revectorizer joins what stands side by side. */
  vectors(expr: ScalarExpr, places: readonly Place[]): Local[] {
    if (expr.kind === 'call' && places.length > 1 && places.some((place) => this.#known(this.#key(expr, place)) === undefined)) {
      const comparison = expr.fn === 'select' ? this.#comparison(expr.args[0]) : undefined;
      if (comparison !== undefined) {
        for (const arg of comparison.args) this.vectors(arg, places);
        for (const place of places) this.#mask(comparison, place);
      }
      for (const arg of expr.args.slice(comparison === undefined ? 0 : 1)) this.vectors(arg, places);
    }
    return places.map((place) => this.vector(expr, place));
  }
  #known(key: string): Local | undefined {
    return this.#invariant.get(key) ?? this.#current.get(key);
  }

  #emit(expr: ScalarExpr, place: Place): Local {
    const f = this.#f;
    const key = this.#key(expr, place);
    const known = this.#known(key);
    if (known !== undefined) return known;
    const result = f.local('v128');
    switch (expr.kind) {
      case 'const':
        if (expr.dtype === 'f32') f.vf32(expr.value).set(result);
        else f.vi32(expr.value).set(result);
        break;
      case 'load': this.#load(expr.access, place, result); break;
      case 'index': this.#indices(expr.at, place).set(result); break;
      case 'random': this.#random(expr, place, result); break;
      case 'inside':
        this.#insideMask(expr.guards, place);
        f.vf32(1).simd('v128And').set(result);
        break;
      case 'call': {
        const comparison = expr.fn === 'select' ? this.#comparison(expr.args[0]) : undefined;
        if (comparison !== undefined) {
          this.#select(this.#mask(comparison, place), expr, place).set(result);
          break;
        }
        const args = expr.args.map((arg) => this.vector(arg, place));
        scalarEmitters[expr.fn](this.#o.m, f, args, expr.args.map(dtypeOf));
        f.set(result);
        break;
      }
      case 'accumulator': return this.#o.accumulator(expr.index, place.group);
    }
    this.#current.set(key, result);
    return result;
  }

  #comparison(condition: ScalarExpr | undefined): Comparison | undefined {
    return condition?.kind === 'call' && condition.fn in comparisons ? (condition as Comparison) : undefined;
  }
  /** Local with ones in the lanes where a comparison holds: what selects need not make of 1.0 and 0.0 again. */
  #mask(comparison: Comparison, place: Place): Local {
    const key = `mask ${this.#key(comparison, place)}`;
    const known = this.#known(key);
    if (known !== undefined) return known;
    const f = this.#f;
    const mask = f.local('v128');
    for (const arg of comparison.args.map((each) => this.vector(each, place))) f.get(arg);
    f.simd(comparisons[comparison.fn](comparison.args.map(dtypeOf))).set(mask);
    this.#current.set(key, mask);
    return mask;
  }
  /** Of a select, its condition as a mask. */
  #select(mask: Local, { args: [, chosen, otherwise] }: Extract<ScalarExpr, { kind: 'call' }>, place: Place): FunctionBuilder {
    const f = this.#f;
    const at = (expr: ScalarExpr | undefined): Local => this.vector(expr as ScalarExpr, place);
    if (isZero(otherwise)) return f.get(at(chosen)).get(mask).simd('v128And');
    if (isZero(chosen)) return f.get(at(otherwise)).get(mask).simd('v128AndNot');
    const [a, b] = [at(chosen), at(otherwise)];
    return f.get(a).get(b).get(mask).simd('v128Bitselect');
  }

  /** The values of an index form in the four lanes, on the stack. */
  #indices(at: Affine, place: Place): FunctionBuilder {
    const f = this.#f;
    const stride = at.strides[this.#o.laneAxis] ?? 0;
    const shift = this.#shift(at, place);
    f.get(this.#o.nest.value(at)).simd('i32x4Splat');
    if (stride === 0 && shift === 0) return f;
    return f.vi32(shift, shift + stride, shift + 2 * stride, shift + 3 * stride).simd('i32x4Add');
  }
  /** 0 <= v < extent is one unsigned comparison. */
  #insideMask(guards: readonly Guard[], place: Place): void {
    guards.forEach((guard, i) => {
      this.#indices(guard, place).vi32(guard.extent).simd('i32x4LtU');
      if (i > 0) this.#f.simd('v128And');
    });
  }

  #fill(access: Access, result: Local): void {
    if (this.#o.buffers[access.buffer]?.dtype === 'f32') this.#f.vf32(access.fill).set(result);
    else this.#f.vi32(access.fill).set(result);
  }

  #load(access: Access, place: Place, result: Local): void {
    const f = this.#f;
    const laneGuards = access.guards.filter((g) => this.#differs(g));
    const plainGuards = access.guards.filter((g) => !this.#differs(g));
    const perLane = laneGuards.length > 0 || (access.indirect !== undefined && this.#differs(access.indirect.index));
    const body = (): void => {
      if (!perLane) this.#loadTogether(access, place, result);
      else this.#loadByLane(access, laneGuards, place, result);
    };
    if (access.guards.length > 0) this.#fill(access, result);
    if (plainGuards.length === 0) body();
    else {
      plainGuards.forEach((g, i) => {
        f.get(this.#o.nest.value(g));
        if (this.#shift(g, place) !== 0) f.i32(this.#shift(g, place)).op('i32Add');
        f.i32(g.extent).op('i32LtU');
        if (i > 0) f.op('i32And');
      });
      f.if(body);
    }
  }

  /** Byte address of the access where the loops stand, on the stack, the row of an indirect one (for this place and lane) added. */
  #pushAddress(access: Access, place: Place, lane = 0): void {
    const f = this.#f;
    const bytes = this.#bytes(access);
    f.get(this.#o.nest.address(access.buffer, access, bytes));
    const { indirect } = access;
    if (indirect === undefined) return;
    const step = (this.#shift(indirect.index, place) + (indirect.index.strides[this.#o.laneAxis] ?? 0) * lane) * 4;
    const key = step === 0 ? this.#rowKey(access) : undefined;
    const hoisted = key === undefined ? undefined : this.#rows.get(key);
    if (hoisted !== undefined) f.get(hoisted).op('i32Add');
    else this.#addRow(access, step);
  }
  /** To the number on the stack: the bytes to the row that the index `step` bytes further on picks. */
  #addRow(access: Access, step: number): void {
    const f = this.#f;
    const { indirect } = access;
    if (indirect === undefined) return;
    const { index } = indirect;
    const bytes = this.#bytes(access);
    const row = f.local('i32');
    f.get(this.#o.nest.address(index.buffer, index, 4));
    if (step !== 0) f.i32(step).op('i32Add');
    f.i32Load().set(row);
    // Clamped to [0, extent): a wrong index must not read foreign memory.
    f.i32(0).get(row).get(row).i32(0).op('i32LtS').op('select').set(row);
    f.i32(indirect.extent - 1).get(row).get(row).i32(indirect.extent - 1).op('i32GtS').op('select').i32(indirect.stride * bytes).op('i32Mul').op('i32Add');
  }

  #loadTogether(access: Access, place: Place, result: Local): void {
    const f = this.#f;
    const bytes = this.#bytes(access);
    const isByte = bytes === 1;
    const stride = access.strides[this.#o.laneAxis] ?? 0;
    const shift = this.#shift(access, place);
    if (stride === 0 || stride === 1) {
      this.#pushAddress(access, place);
      if (shift < 0) f.i32(shift * bytes).op('i32Add');
      const immediate = Math.max(shift, 0) * bytes;
      if (stride === 0 && isByte) f.i32Load8U(immediate).simd('i32x4Splat').set(result);
      else if (stride === 0) f.vLoad32Splat(immediate).set(result);
      else if (isByte) f.vLoad32Zero(immediate).simd('i16x8ExtendLowI8x16U').simd('i32x4ExtendLowI16x8U').set(result);
      else f.vLoad(immediate).set(result);
      return;
    }
    const address = f.local('i32');
    this.#pushAddress(access, place);
    f.set(address).vi32(0).set(result);
    for (let lane = 0; lane < place.lanes; lane++) {
      const offset = (shift + lane * stride) * bytes;
      f.get(address);
      if (offset < 0) f.i32(offset).op('i32Add');
      const immediate = Math.max(offset, 0);
      if (isByte) {
        const byte = f.local('i32');
        f.i32Load8U(immediate).set(byte);
        f.get(result).get(byte).i32ReplaceLane(lane).set(result);
      } else f.get(result).vLoad32Lane(lane, immediate).set(result);
    }
  }

  #loadByLane(access: Access, guards: readonly Guard[], place: Place, result: Local): void {
    const f = this.#f;
    const { laneAxis, nest } = this.#o;
    const bytes = this.#bytes(access);
    const stride = access.strides[laneAxis] ?? 0;
    const shift = this.#shift(access, place);
    const inside = (lane: number): void => {
      guards.forEach((g, i) => {
        f.get(nest.value(g)).i32(this.#shift(g, place) + lane * (g.strides[laneAxis] ?? 0)).op('i32Add').i32(g.extent).op('i32LtU');
        if (i > 0) f.op('i32And');
      });
      if (guards.length === 0) f.i32(1);
    };
    const lanes = (): void => {
      for (let lane = 0; lane < place.lanes; lane++) {
        inside(lane);
        f.if(() => {
          f.get(result);
          this.#pushAddress(access, place, lane);
          f.i32((shift + lane * stride) * bytes).op('i32Add');
          if (bytes === 1) f.i32Load8U();
          else f.i32Load();
          f.i32ReplaceLane(lane).set(result);
        });
      }
    };
    if (access.guards.length === 0) f.vi32(0).set(result);
    if (stride !== 1 || bytes !== 4 || access.indirect !== undefined) {
      lanes();
      return;
    }
    // Inside at both ends is inside between them.
    inside(0);
    inside(3);
    f.op('i32And').if(() => {
      this.#pushAddress(access, place);
      f.i32(shift * 4).op('i32Add').vLoad().set(result);
    }, lanes);
  }

  #random(expr: Extract<ScalarExpr, { kind: 'random' }>, place: Place, result: Local): void {
    const f = this.#f;
    const [k0, k1, x] = f.locals('v128', 3) as [Local, Local, Local];
    const mixTop = (): void => {
      const xorShift = (by: number): void => {
        f.tee(x).get(x).i32(by).simd('i32x4ShrU').simd('v128Xor');
      };
      xorShift(16);
      f.vi32(0x85ebca6b).simd('i32x4Mul');
      xorShift(13);
      f.vi32(0xc2b2ae35).simd('i32x4Mul');
      xorShift(16);
    };
    f.get(this.vector(expr.seed, place)).vi32(mix((expr.stream + 0x9e3779b9) | 0)).simd('v128Xor');
    mixTop();
    f.set(k0);
    f.get(this.vector(expr.step, place)).vi32(0x7f4a7c15).simd('i32x4Add');
    mixTop();
    f.get(k0).simd('v128Xor');
    mixTop();
    f.set(k1);
    /** 24 random bits of element `factor · i + shift`, as a float below 2^24. */
    const bits = (factor: number, shift: number): void => {
      this.#indices(expr.at, place);
      if (factor !== 1) f.vi32(factor).simd('i32x4Mul');
      if (shift !== 0) f.vi32(shift).simd('i32x4Add');
      f.get(k1).simd('v128Xor');
      mixTop();
      f.get(k0).simd('i32x4Add');
      mixTop();
      f.i32(8).simd('i32x4ShrU').simd('f32x4ConvertI32x4S');
    };
    const unit = 2 ** -24;
    if (expr.distribution === 'uniform') {
      bits(1, 0);
      f.vf32(unit).simd('f32x4Mul').set(result);
      return;
    }
    bits(2, 0);
    f.vf32(1).simd('f32x4Add').vf32(unit).simd('f32x4Mul').call(this.#o.m.helper('log')).vf32(-2).simd('f32x4Mul').simd('f32x4Sqrt');
    bits(2, 1);
    f.vf32(2 * Math.PI * unit).simd('f32x4Mul').call(this.#o.m.helper('cos')).simd('f32x4Mul').set(result);
  }

  /** Evaluate all, then store all: a store must not be seen by another's loads. */
  storeAll(stores: readonly Store[], places: readonly Place[]): void {
    const values = stores.map((store) => this.vectors(store.value, places));
    places.forEach((place, p) => stores.forEach((store, s) => {
      const value = values[s]?.[p];
      if (value !== undefined) this.#store(store.to, this.#o.settles === true && store.dtype === 'f32' ? this.#settled(value) : value, place);
    }));
  }

  #settled(value: Local): Local {
    const result = this.#f.local('v128');
    this.#f.get(value).get(value).simd('f32x4Abs').vConstant(NEXT_TO_NOTHING).simd('f32x4Lt').simd('v128AndNot').set(result);
    return result;
  }

  #store(to: Access, value: Local, place: Place): void {
    const f = this.#f;
    const stride = to.strides[this.#o.laneAxis] ?? 0;
    const address = this.#o.nest.address(to.buffer, to, 4);
    const shift = this.#shift(to, place);
    const push = (lane: number): number => {
      const offset = (shift + lane * stride) * 4;
      f.get(address);
      if (offset < 0) f.i32(offset).op('i32Add');
      f.get(value);
      return Math.max(offset, 0);
    };
    if (stride === 1 && place.lanes === 4) f.vStore(push(0));
    else if (stride === 1 && place.lanes >= 2) {
      f.vStore64Lane(0, push(0));
      if (place.lanes === 3) f.vStore32Lane(2, push(2));
    } else for (let lane = 0; lane < (stride === 0 ? 1 : place.lanes); lane++) f.vStore32Lane(lane, push(lane));
  }
}

export function dtypeOf(expr: ScalarExpr): 'f32' | 'i32' | 'u8' {
  switch (expr.kind) {
    case 'const': case 'load': case 'call': case 'accumulator': return expr.dtype;
    case 'index': return 'i32';
    case 'random': case 'inside': return 'f32';
  }
}
