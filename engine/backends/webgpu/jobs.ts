/**
 * What becomes of a plan's kernel on the GPU: one job, or several with buffers of their own in between (long rows
 * and long sums are cut). A job can be written with workgroups of another size, so that it fits beside others.
 */
import { accessesOf } from '../../compile/accesses.ts';
import type { Access, BufferId, ContractKernel, Kernel } from '../../compile/plan.ts';
import { accessRange, axisGroups, product } from './axes.ts';
import type { KernelCode, Section } from './code.ts';
import { type TiledContraction, contractionAsRows, emitContraction, isReduction, tileContraction } from './contract.ts';
import { LOAD_COST, type Tiling, tileOfThreads, tileThreads } from './contract-tiles.ts';
import { emitMap, mapThreads } from './map.ts';
import { ROW_PER_INVOCATION, emitRow, fitRowBlock, rowBlockOf } from './row.ts';
import { emitScatter, scatterThreads } from './scatter.ts';
import { type NewBuffer, splitRow } from './split.ts';

/** Elements from `from` up to `end` of a buffer, among which are all that a job reads or writes there. */
export interface Touch {
  readonly buffer: BufferId;
  readonly isStore: boolean;
  readonly from: number;
  readonly end: number;
  /** Where it leaves gaps: what is between them, by the distance at which they come again. */
  readonly stripes: readonly Stripe[];
}

/** Of each `period` elements of the buffer, those from `from` up to `end` at most: a column of a matrix, channels of images. */
interface Stripe {
  readonly period: number;
  readonly from: number;
  readonly end: number;
}

/** The same, taken to be all of the buffer. */
export const wholeTouch = ({ buffer, isStore }: Touch): Touch => ({ buffer, isStore, from: 0, end: Infinity, stripes: [] });

export interface Job {
  readonly name: string;
  readonly touches: readonly Touch[];
  /** Invocations of a workgroup that suit it. */
  readonly threads: number;
  /** Operations, roughly: among jobs side by side the largest has its way. */
  readonly work: number;
  /** What workgroups of so many invocations lose, in multiply-adds of one invocation; Infinity where they cannot be. */
  loss(threads: number): number;
  emit(code: KernelCode, threads: number): Section;
}

export interface JobOptions {
  /**
   * Whether invocations of a workgroup work together through its memory (default true). Where the GPU is
   * software, this gains nothing and takes a second per kernel to compile: each invocation works alone then.
   */
  readonly workgroupMemory?: boolean;
  /** The tiling of a contraction, instead of the one that the cost model finds. */
  readonly tiling?: (kernel: ContractKernel) => Tiling | undefined;
}

/** The jobs of one kernel, in order. */
export function jobsOf(kernel: Kernel, newBuffer: NewBuffer, options: JobOptions = {}): readonly Job[] {
  const base = { name: kernel.name, touches: touchesOf(kernel), work: axisGroups(kernel).reduce((all, axes) => all * product(axes), 1), loss: () => 0 };
  switch (kernel.kind) {
    case 'map':
      return [{ ...base, threads: mapThreads(kernel), emit: (code, threads) => emitMap(kernel, code, threads) }];
    case 'row': {
      const parts = splitRow(kernel, newBuffer);
      if (parts.length > 1) return parts.flatMap((part) => jobsOf(part, newBuffer, options));
      const block = options.workgroupMemory === false ? ROW_PER_INVOCATION : rowBlockOf(kernel);
      const elements = product(kernel.elementAxes);
      return [{
        ...base, threads: block.rows * block.parts,
        loss: (threads) => LOAD_COST * elements * (1 / Math.min(block.parts, threads) - 1 / block.parts),
        emit: (code, threads) => emitRow(kernel, code, fitRowBlock(block, threads)),
      }];
    }
    case 'contract': {
      if (isReduction(kernel) || options.workgroupMemory === false) return jobsOf(contractionAsRows(kernel), newBuffer, options);
      const wanted = options.tiling?.(kernel);
      const tiled = tileContraction(kernel, newBuffer, wanted);
      return [contractionJob(tiled, wanted !== undefined), ...(tiled.join === undefined ? [] : jobsOf(tiled.join, newBuffer, options))];
    }
    case 'scatter':
      return [{ ...base, threads: scatterThreads(kernel), emit: (code, threads) => emitScatter(kernel, code, threads) }];
  }
}

function contractionJob(tiled: TiledContraction, isFixed: boolean): Job {
  const { kernel, tiling, partial } = tiled;
  const [batch, m, n, k] = [kernel.batchAxes, kernel.mAxes, kernel.nAxes, kernel.kAxes].map(product) as [number, number, number, number];
  const own = tileThreads(tiling.tile);
  const touches = touchesOf(partial === undefined ? kernel : { ...kernel, stores: [] });
  return {
    name: kernel.name,
    touches: partial === undefined ? touches : [...touches, { buffer: partial, isStore: true, from: 0, end: tiling.splits * batch * m * n, stripes: [] }],
    threads: own,
    work: batch * m * n * k,
    loss: (threads) => (threads === own ? 0 : isFixed ? Infinity : (tileOfThreads(threads, tiling, batch, m, n)?.loss ?? Infinity)),
    emit: (code, threads) => emitContraction(tiled, code, tileOfThreads(threads, tiling, batch, m, n)?.tile),
  };
}

/** What a kernel reads and writes. */
export function touchesOf(kernel: Kernel): readonly Touch[] {
  const sizes = axisGroups(kernel).flat();
  const touch = (access: Access, isStore: boolean): Touch => {
    const all = { buffer: access.buffer, isStore, from: 0, end: Infinity, stripes: [] };
    if (access.indirect !== undefined) return all;
    const range = accessRange(access, sizes);
    if (range === undefined) return { ...all, end: 0 };
    const [from, end] = [Math.max(0, range.min), range.max + 1];
    // A scatter writes all of its rows, wherever the indices point.
    if (isStore && kernel.kind === 'scatter') return { ...all, from, end: end + kernel.rowStride * (kernel.rows - 1) };
    return { ...all, from, end, stripes: stripesOf(access, sizes) };
  };
  return accessesOf(kernel).map(({ access, isStore }) => touch(access, isStore));
}

function stripesOf({ offset, strides }: Access, sizes: readonly number[]): readonly Stripe[] {
  const periods = new Set(strides.filter((stride, d) => Math.abs(stride) > 1 && (sizes[d] ?? 1) > 1).map(Math.abs));
  return [...periods].flatMap((period) => {
    let [min, max] = [offset, offset];
    strides.forEach((stride, d) => {
      if (stride % period === 0) return;
      const reach = stride * ((sizes[d] ?? 1) - 1);
      min += Math.min(0, reach);
      max += Math.max(0, reach);
    });
    const from = ((min % period) + period) % period;
    const end = from + max - min + 1;
    return end <= period && end - from < period ? [{ period, from, end }] : [];
  });
}
