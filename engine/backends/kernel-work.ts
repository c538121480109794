/** How much a kernel has to do, by its definition and whatever a backend makes of it: what profiles divide by its time. */
import { accessesOf, axesOf } from '../compile/accesses.ts';
import type { Access, Affine, Kernel, Plan } from '../compile/plan.ts';
import { bytesPerElement } from '../tensor/ir.ts';

export interface KernelWork {
  /** Multiplications and additions of a contraction; 0 for other kernels, which memory bounds. */
  readonly operations: number;
  /** Elements of buffers that it reads and those that it writes, each counted once per pass over the kernel, in bytes. */
  readonly bytes: number;
  /** How often it runs in a step: once unless it stands in a loop. */
  readonly runs: number;
}

/** Of a step: a kernel in a loop counts as often as it runs. */
export function kernelWork(plan: Pick<Plan, 'kernels' | 'loops' | 'buffers'>, index: number): KernelWork {
  const kernel = plan.kernels[index];
  if (kernel === undefined) throw new RangeError(`the plan has no kernel ${index}`);
  const runs = plan.loops.find(({ first, end }) => first <= index && index < end)?.count ?? 1;
  return { operations: kernel.kind === 'contract' ? runs * product(axesOf(kernel), 2) : 0, bytes: runs * bytesOf(kernel, plan), runs };
}

function bytesOf(kernel: Kernel, { buffers }: Pick<Plan, 'buffers'>): number {
  // What is read and what is written of a buffer are apart; the same access twice is one.
  const touched = new Map<string, { readonly buffer: number; readonly places: Map<string, number> }>();
  for (const { access, isStore, axes } of partsOf(kernel).flatMap((part) => accessesOf(part).map((each) => ({ ...each, axes: axesOf(part) })))) {
    const key = `${isStore ? 'store' : 'load'} ${access.buffer}`;
    const entry = touched.get(key) ?? { buffer: access.buffer, places: new Map<string, number>() };
    touched.set(key, entry);
    const elements = kernel.kind === 'scatter' && isStore ? kernel.rows * kernel.rowStride : elementsOf(access, axes);
    entry.places.set(JSON.stringify([access.offset, access.strides, access.indirect]), elements);
  }
  const absent = imagesOf(kernel);
  let bytes = 0;
  for (const { buffer, places } of touched.values()) {
    if (absent.has(buffer)) continue;
    const { dtype, length } = buffers[buffer]!;
    // Windows that overlap touch no more than there is.
    bytes += Math.min(length, [...places.values()].reduce((sum, elements) => sum + elements, 0)) * bytesPerElement(dtype);
  }
  return bytes;
}

/** A convolution and the pooling within it, which walk over axes of their own. */
function partsOf(kernel: Kernel): Kernel[] {
  if (kernel.kind !== 'contract') return [kernel];
  const { pool, spread, ...convolution } = kernel;
  return [convolution, ...(pool === undefined ? [] : [pool]), ...(spread === undefined ? [] : [spread])];
}
/** Images between them, which never reach memory. */
function imagesOf(kernel: Kernel): ReadonlySet<number> {
  if (kernel.kind !== 'contract') return new Set();
  return new Set([...(kernel.pool === undefined ? [] : kernel.stores), ...(kernel.spread?.stores ?? [])].map(({ to }) => to.buffer));
}

/** Elements that an access meets over all axes, those counted once that several indices share. */
function elementsOf(access: Access, axes: readonly number[]): number {
  const isWalked = (axis: number): boolean => moves(access, axis) || (access.indirect !== undefined && moves(access.indirect.index, axis));
  const indices = product(axes.filter((_, axis) => isWalked(axis)), 1);
  if (access.indirect !== undefined) return indices;
  const span = axes.reduce((sum, size, axis) => sum + Math.abs(access.strides[axis] ?? 0) * (size - 1), 1);
  return Math.min(indices, span);
}

const moves = ({ strides }: Affine, axis: number): boolean => (strides[axis] ?? 0) !== 0;
const product = (sizes: readonly number[], from: number): number => sizes.reduce((all, size) => all * size, from);
