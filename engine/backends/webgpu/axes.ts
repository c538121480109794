/**
 * Iteration axes: fewer of them mean fewer divisions per invocation. Neighbouring axes that every access
 * of a kernel walks as one are merged, axes of size 1 go, and a flat number is taken apart into what is left.
 */
import type { Access, Affine, ContractKernel, Kernel, MapKernel, RowKernel, ScatterKernel } from '../../compile/plan.ts';
import { AccessMapper, rebuildKernel } from '../../compile/rewrite-kernel.ts';

export const product = (sizes: readonly number[]): number => sizes.reduce((total, n) => total * n, 1);

/** Calls `visit` for every affine of the kernel. */
function visitAffines(kernel: Kernel, visit: (at: Affine) => void): void {
  const mapper = new AccessMapper((at) => {
    visit(at);
    return at;
  });
  rebuildKernel(kernel, mapper);
}

/** The axis groups of a kernel, in the order in which affines hold their strides. */
export function axisGroups(kernel: Kernel): readonly (readonly number[])[] {
  switch (kernel.kind) {
    case 'map':
      return [kernel.axes];
    case 'row':
      return [kernel.rowAxes, kernel.elementAxes];
    case 'contract':
      return [kernel.batchAxes, kernel.mAxes, kernel.nAxes, kernel.kAxes];
    case 'scatter':
      return [kernel.indexAxes, kernel.restAxes];
  }
}

/** The kernel with other axes in its groups. */
export function withGroups<K extends Kernel>(kernel: K, groups: readonly (readonly number[])[]): K;
export function withGroups(kernel: Kernel, groups: readonly (readonly number[])[]): Kernel {
  const [first = [], second = [], third = [], fourth = []] = groups;
  switch (kernel.kind) {
    case 'map':
      return { ...kernel, axes: first } satisfies MapKernel;
    case 'row':
      return { ...kernel, rowAxes: first, elementAxes: second } satisfies RowKernel;
    case 'contract':
      return { ...kernel, batchAxes: first, mAxes: second, nAxes: third, kAxes: fourth } satisfies ContractKernel;
    case 'scatter':
      return { ...kernel, indexAxes: first, restAxes: second } satisfies ScatterKernel;
  }
}

/** The same kernel over as few axes as its accesses allow. Row-major order within a group is kept, and axis number `apart` stays as it is. */
export function collapseAxes<K extends Kernel>(kernel: K, apart?: number): K {
  const affines: Affine[] = [];
  visitAffines(kernel, (at) => affines.push(at));
  const kept: number[] = [];
  const groups: number[][] = [];
  let axis = 0;
  for (const sizes of axisGroups(kernel)) {
    const group: number[] = [];
    for (const size of sizes) {
      const here = axis++;
      if (size === 1 && here !== apart) continue;
      const outer = kept[kept.length - 1];
      if (group.length > 0 && outer !== undefined && outer !== apart && here !== apart && affines.every((a) => (a.strides[outer] ?? 0) === (a.strides[here] ?? 0) * size)) {
        group[group.length - 1] = (group[group.length - 1] ?? 1) * size;
        kept[kept.length - 1] = here;
      } else {
        group.push(size);
        kept.push(here);
      }
    }
    groups.push(group);
  }
  const mapper = new AccessMapper((at) => ({ offset: at.offset, strides: kept.map((d) => at.strides[d] ?? 0) }));
  return withGroups(rebuildKernel(kernel, mapper) as K, groups);
}

/** Smallest and largest value of an affine over its axes. */
export function affineRange(at: Affine, sizes: readonly number[]): { readonly min: number; readonly max: number } {
  let min = at.offset;
  let max = at.offset;
  at.strides.forEach((stride, d) => {
    const reach = stride * ((sizes[d] ?? 1) - 1);
    if (reach < 0) min += reach;
    else max += reach;
  });
  return { min, max };
}

/** Smallest and largest element of a direct access, as far as its guards speak of one axis each; undefined where they let nothing in. */
export function accessRange(access: Access, sizes: readonly number[]): { readonly min: number; readonly max: number } | undefined {
  const first = sizes.map(() => 0);
  const last = sizes.map((n) => n - 1);
  for (const { offset, strides, extent } of access.guards) {
    const moving = strides.flatMap((stride, d) => (stride === 0 ? [] : [d]));
    const [axis] = moving;
    if (axis === undefined || moving.length > 1) continue;
    const stride = strides[axis] ?? 1;
    // 0 <= offset + stride · i < extent
    const bounds = [-offset / stride, (extent - 1 - offset) / stride];
    first[axis] = Math.max(first[axis] ?? 0, Math.ceil(Math.min(...bounds)));
    last[axis] = Math.min(last[axis] ?? 0, Math.floor(Math.max(...bounds)));
    if ((first[axis] ?? 0) > (last[axis] ?? 0)) return undefined;
  }
  let [min, max] = [access.offset, access.offset];
  access.strides.forEach((stride, d) => {
    const ends = [stride * (first[d] ?? 0), stride * (last[d] ?? 0)];
    min += Math.min(...ends);
    max += Math.max(...ends);
  });
  return { min, max };
}
