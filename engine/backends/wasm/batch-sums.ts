/**
 * Sums over a batch in two steps: over each of its parts, then over the parts. The first can be done while a part is still in
 * the cache (the gradients of biases and of normalisations' weights, which otherwise read every gradient once more from memory).
 * The parts are a matter of the plan, so that the same numbers are added in the same order with any number of threads.
 */
import type { Affine, BufferId, PlanBuffer, RowKernel, RowStage, Store } from '../../compile/plan.ts';
import { AccessMapper } from '../../compile/rewrite-kernel.ts';
import { rowMajorStrides } from '../../tensor/ops/shapes.ts';
import { type Reduce, dtypeOfReduce, usesAccumulator } from './row-accumulators.ts';

/** Sums of fewer elements are not worth a place in memory. */
const LEAST_ELEMENTS = 16;

export interface SumInSteps {
  /** A row for each part and row. */
  readonly ofParts: RowKernel;
  readonly ofAll: RowKernel;
  readonly buffers: readonly PlanBuffer[];
}

/** Whether a kernel does nothing but sum up numbers that do not depend on each other's sums. */
export function isPlainSum(kernel: RowKernel): boolean {
  const every = new Set(kernel.stages.flatMap((stage) => (stage.kind === 'reduce' ? [stage.index] : [])));
  return kernel.elementAxes.length > 0 && kernel.stages.every((stage) => stage.kind === 'reduce' && stage.fn === 'sum' && dtypeOfReduce(stage) === 'f32' && !usesAccumulator(stage.value, every));
}

/** `firstBuffer` is the number of the first of its buffers, `offset` where there is nothing yet. Undefined where the outermost of the summed axes cannot be cut so. */
export function sumInSteps(kernel: RowKernel, parts: number, firstBuffer: BufferId, offset: number): SumInSteps | undefined {
  const { rowAxes, elementAxes } = kernel;
  const [outer = 1, ...inner] = elementAxes;
  const size = outer / parts;
  if (!Number.isInteger(size) || inner.reduce((n, axis) => n * axis, size) < LEAST_ELEMENTS) return undefined;
  const reduces = kernel.stages.filter((stage): stage is Reduce => stage.kind === 'reduce');
  const rows = rowAxes.reduce((n, axis) => n * axis, 1);
  const rowStrides = rowMajorStrides(rowAxes);
  const zeros = elementAxes.map(() => 0);
  const place = (i: number, strides: readonly number[]): Store['to'] => ({ buffer: firstBuffer + i, offset: 0, strides, guards: [], fill: 0 });
  const cut = new AccessMapper(({ offset: first, strides }: Affine) => ({ offset: first, strides: [(strides[rowAxes.length] ?? 0) * size, ...strides] }));
  const ofParts: RowKernel = {
    ...kernel, name: `${kernel.name} by part`, rowAxes: [parts, ...rowAxes], elementAxes: [size, ...inner],
    stages: reduces.map((stage) => cut.stage(stage)),
    finish: reduces.map((stage, i) => ({ to: place(i, [rows, ...rowStrides, ...zeros]), value: { kind: 'accumulator', index: stage.index, dtype: 'f32' }, dtype: 'f32' })),
  };
  const joined = new AccessMapper(({ offset: first, strides }: Affine) => ({ offset: first, strides: [...strides.slice(0, rowAxes.length), 0] }));
  const ofAll: RowKernel = {
    ...kernel, elementAxes: [parts],
    stages: reduces.map((stage, i): RowStage => ({ ...stage, value: { kind: 'load', access: place(i, [...rowStrides, rows]), dtype: 'f32' } })),
    finish: kernel.finish.map((store) => joined.store(store)),
  };
  const buffers = reduces.map((_, i): PlanBuffer => ({ id: firstBuffer + i, dtype: 'f32', length: parts * rows, role: 'temporary', name: '', offset, label: `${kernel.name} by part` }));
  return { ofParts, ofAll, buffers };
}
