/**
 * Sums over a batch in two steps: over each of its parts, then over the parts. The first can be done while a part is still in
 * the cache: the gradients of weights, biases and normalisations otherwise read every gradient once more from memory.
 * The parts are a matter of the plan, so that the same numbers are added in the same order with any number of threads.
 */
import { usesAccumulator } from '../../compile/accesses.ts';
import type { Access, Affine, BufferId, ContractKernel, Kernel, PlanBuffer, RowKernel, RowStage, ScalarExpr } from '../../compile/plan.ts';
import { AccessMapper } from '../../compile/rewrite-kernel.ts';
import { rowMajorStrides } from '../../tensor/ops/shapes.ts';
import { type Reduce, dtypeOfReduce } from './row-accumulators.ts';

/** Sums of fewer elements are not worth a place in memory. */
const LEAST_ELEMENTS = 16;

export interface SumInSteps {
  readonly ofParts: Kernel;
  /** The same with an outermost axis that counts the parts, to see what it touches; only its code is another. */
  readonly byPart: Kernel;
  readonly ofAll: RowKernel;
  readonly buffers: readonly PlanBuffer[];
}

/** Places of the sums, `firstBuffer` being the number of the first of them, and `offset` where in the arena there is nothing yet. */
export interface SumPlaces {
  readonly firstBuffer: BufferId;
  readonly offset: number;
}

/** Whether a kernel does nothing but sum up numbers that do not depend on each other's sums. */
export function isPlainSum(kernel: RowKernel): boolean {
  return kernel.elementAxes.length > 0 && kernel.stages.every((stage) => stage.kind === 'reduce' && stage.fn === 'sum' && dtypeOfReduce(stage) === 'f32' && !usesAccumulator(stage.value));
}

/** Undefined where the outermost of the summed axes cannot be cut so. */
export function sumInSteps(kernel: RowKernel, parts: number, places: SumPlaces): SumInSteps | undefined {
  const { rowAxes, elementAxes } = kernel;
  const [outer = 1, ...inner] = elementAxes;
  const size = outer / parts;
  if (!Number.isInteger(size) || product(inner) * size < LEAST_ELEMENTS) return undefined;
  const reduces = kernel.stages.filter((stage): stage is Reduce => stage.kind === 'reduce');
  const rows = product(rowAxes);
  const rowStrides = rowMajorStrides(rowAxes);
  const cut = new AccessMapper(({ offset, strides }: Affine) => ({ offset, strides: [(strides[rowAxes.length] ?? 0) * size, ...strides] }));
  const ofParts: RowKernel = {
    ...kernel, name: `${kernel.name} by part`, rowAxes: [parts, ...rowAxes], elementAxes: [size, ...inner],
    stages: reduces.map((stage) => cut.stage(stage)),
    finish: reduces.map((stage, i) => ({ to: place(places.firstBuffer + i, [rows, ...rowStrides, ...elementAxes.map(() => 0)]), value: { kind: 'accumulator', index: stage.index, dtype: 'f32' }, dtype: 'f32' })),
  };
  const joined = firstAxes(rowAxes.length);
  const ofAll: RowKernel = {
    ...kernel, elementAxes: [parts],
    stages: reduces.map((stage, i): RowStage => ({ ...stage, value: { kind: 'load', access: place(places.firstBuffer + i, [...rowStrides, rows]), dtype: 'f32' } })),
    finish: kernel.finish.map((store) => joined.store(store)),
  };
  return { ofParts, byPart: ofParts, ofAll, buffers: reduces.map((_, i) => sumBuffer(kernel, parts * rows, { ...places, firstBuffer: places.firstBuffer + i })) };
}

/**
 * A product over the batch. Its sums are many: not each part has a place for them, but each run of `inTurn` parts, which one thread
 * takes after the other. Undefined where the sums are so many that to add them up costs more memory than to read the factors.
 */
export function productInSteps(kernel: ContractKernel, parts: number, inTurn: number, places: SumPlaces): SumInSteps | undefined {
  const { batchAxes, mAxes, nAxes, kAxes, a, b } = kernel;
  const [outer = 1, ...inner] = kAxes;
  const size = outer / parts;
  const [m, n, depth] = [product(mAxes), product(nAxes), product(inner) * size];
  const runs = parts / inTurn;
  if (batchAxes.length > 0 || !Number.isInteger(size) || !Number.isInteger(runs) || 2 * m * n > depth * (m + n)) return undefined;
  const sums = [...mAxes, ...nAxes];
  const sumStrides = rowMajorStrides(sums);
  const cut = (lead: readonly number[]): AccessMapper => new AccessMapper(({ offset, strides }: Affine) => ({ offset, strides: [...lead.map((count) => (strides[sums.length] ?? 0) * size * count), ...strides] }));
  const whole = (lead: readonly number[], batch: readonly number[], stores: ContractKernel['stores']): ContractKernel => {
    const { sliding: _, ...plain } = kernel;
    const mapper = cut(lead);
    return { ...plain, name: `${kernel.name} by part`, batchAxes: batch, kAxes: [size, ...inner], a: mapper.expr(a), b: mapper.expr(b), stores };
  };
  const zeros = kAxes.map(() => 0);
  const sum: ScalarExpr = { kind: 'accumulator', index: 0, dtype: 'f32' };
  const to = place(places.firstBuffer, [m * n, 0, ...sumStrides, ...zeros]);
  // The first part of a run finds what the last step left.
  const isLater: ScalarExpr = { kind: 'index', at: { offset: 0, strides: [0, 1, ...sumStrides.map(() => 0), ...zeros] } };
  const before: ScalarExpr = { kind: 'call', fn: 'select', args: [isLater, { kind: 'load', access: to, dtype: 'f32' }, { kind: 'const', value: 0, dtype: 'f32' }], dtype: 'f32' };
  const value: ScalarExpr = inTurn === 1 ? sum : { kind: 'call', fn: 'add', args: [before, sum], dtype: 'f32' };
  const joined = firstAxes(sums.length);
  return {
    ofParts: whole([inTurn, 1], [runs, inTurn], [{ to, value, dtype: 'f32' }]),
    byPart: whole([1], [parts], [{ to: place(places.firstBuffer, [0, ...sumStrides, ...zeros]), value: sum, dtype: 'f32' }]),
    ofAll: {
      kind: 'row', name: kernel.name, origins: kernel.origins, ...(kernel.settles === undefined ? {} : { settles: kernel.settles }), rowAxes: sums, elementAxes: [runs],
      stages: [{ kind: 'reduce', fn: 'sum', index: 0, value: { kind: 'load', access: place(places.firstBuffer, [...sumStrides, m * n]), dtype: 'f32' } }],
      finish: kernel.stores.map((store) => joined.store(store)),
    },
    buffers: [sumBuffer(kernel, runs * m * n, places)],
  };
}

const place = (buffer: BufferId, strides: readonly number[]): Access => ({ buffer, offset: 0, strides, guards: [], fill: 0 });
const sumBuffer = ({ name }: Kernel, length: number, { firstBuffer: id, offset }: SumPlaces): PlanBuffer => ({ id, dtype: 'f32', length, role: 'temporary', name: '', offset, label: `${name} by part` });
/** What does not move along the axes behind these, which become one. */
const firstAxes = (count: number): AccessMapper => new AccessMapper(({ offset, strides }: Affine) => ({ offset, strides: [...strides.slice(0, count), 0] }));
const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
