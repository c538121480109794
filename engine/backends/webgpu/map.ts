/** Map kernels: one invocation per point, neighbours in the innermost axis, so that loads and stores coalesce. */
import type { MapKernel } from '../../compile/plan.ts';
import { collapseAxes, product } from './axes.ts';
import type { KernelCode, Section } from './code.ts';
import { Expressions, Names, Scope, unflatten } from './expressions.ts';

/** A multiple of every GPU's SIMD width, and small enough that little maps still spread over the processor's cores. */
const THREADS = 64;
/** Long maps take larger groups, so that the grid stays one-dimensional longer. */
const MANY_THREADS = 256;
const MANY_POINTS = 1 << 18;

/** Invocations of a workgroup that suit the map. */
export const mapThreads = (kernel: MapKernel): number => (product(kernel.axes) >= MANY_POINTS ? MANY_THREADS : THREADS);

export function emitMap(original: MapKernel, code: KernelCode, threads = mapThreads(original)): Section {
  const kernel = collapseAxes(original);
  const names = new Names();
  const scope = new Scope();
  const points = product(kernel.axes);
  scope.lines.push(`let point = group * ${threads} + lane;`, `if (point >= ${points}) { return; }`);
  const axes = unflatten(names, scope, 'point', kernel.axes);
  const expressions = new Expressions(code, names, { axes: axes.map((text) => ({ text, level: 0 })), sizes: kernel.axes, accumulators: [], scopes: [scope] });
  expressions.stores(kernel.stores);
  return { name: kernel.name, body: scope.lines, threads, groups: Math.ceil(points / threads) };
}
