/**
 * Pooling within the convolution around it. A convolution by minimal filtering has whole tiles of its result in registers,
 * so that it can reduce pooling windows at once; and the gradient of a maximum, zeros but for one place of each window, can
 * be spread out tile by tile where both gradients of the convolution read it. The image between them, among the largest tensors
 * of a classic CNN, then never reaches memory.
 */
import { accessesOf, livesOf, loadsOf, usesAccumulator } from '../../compile/accesses.ts';
import { align, placeLifetimes } from '../../compile/memory.ts';
import type { Access, BufferId, ContractKernel, Kernel, MapKernel, Plan, PlanBuffer, RowKernel, Store } from '../../compile/plan.ts';
import { AccessMapper, rebuildKernel } from '../../compile/rewrite-kernel.ts';
import { bytesPerElement } from '../../tensor/ir.ts';
import type { WinogradShape } from './winograd-shape.ts';

/** Steps of an image in memory, in elements; channels are contiguous. */
interface ImageSteps {
  readonly image: number;
  readonly row: number;
  readonly column: number;
}

/** Places of a window along each axis, which are its steps, too, and the windows of an image. */
interface Windows {
  readonly size: number;
  readonly rows: number;
  readonly columns: number;
}

/** A kernel over windows, its axes [images, rows, columns, channels], then those of a window if it reduces them. */
interface Matched<K> extends Windows {
  readonly kernel: K;
}

/** The windows that a form meets over `axes`, if they follow each other without gaps and overlaps in images of these steps. Images and rows may be one axis. */
function windowsOf(axes: readonly number[], strides: readonly number[], steps: ImageSteps, images: number, channels: number): Windows | undefined {
  const [columns = 1, depth = 1] = axes.slice(-2);
  const [rowStride = 0, columnStride = 0, channelStride = 0] = strides.slice(axes.length - 3, axes.length);
  const size = rowStride / steps.row;
  if (depth !== channels || channelStride !== 1 || !Number.isInteger(size) || size < 2 || columnStride !== size * steps.column) return undefined;
  if (axes.length === 4) return axes[0] === images && (images === 1 || strides[0] === steps.image) ? { size, rows: axes[1] ?? 1, columns } : undefined;
  const rows = (axes[0] ?? 1) / images;
  return axes.length === 3 && Number.isInteger(rows) && (images === 1 || steps.image === rows * rowStride) ? { size, rows, columns } : undefined;
}

/** The kernel with images and rows apart. */
function withImages<K extends MapKernel | RowKernel>(kernel: K, images: number, { rows }: Windows): K {
  const axes = kernel.kind === 'map' ? kernel.axes : kernel.rowAxes;
  if (axes.length === 4) return kernel;
  const apart = rebuildKernel(kernel, new AccessMapper(({ offset, strides: [first = 0, ...rest] }) => ({ offset, strides: [first * rows, first, ...rest] })));
  return { ...apart, [kernel.kind === 'map' ? 'axes' : 'rowAxes']: [images, rows, ...axes.slice(1)] } as K;
}

const isPlain = (access: Access): boolean => access.guards.length === 0 && access.indirect === undefined;

export type PooledWindows = Matched<RowKernel>;

/** The windows that `pool` reduces of what the convolution computes, where its tiles are whole windows. */
export function pooledWindows(shape: WinogradShape, pool: RowKernel): PooledWindows | undefined {
  const [store, ...others] = shape.kernel.stores;
  if (shape.kind !== 'filter' || shape.adding !== undefined || store === undefined || others.length > 0 || shape.kernel.settles === true) return undefined;
  const [image = 0, row = 0, column = 0, channel = 0] = store.to.strides;
  if (!isPlain(store.to) || channel !== 1) return undefined;
  let windows: Windows | undefined;
  for (const stage of pool.stages) {
    // Several passes would need the elements again.
    if (stage.kind !== 'reduce' || usesAccumulator(stage.value)) return undefined;
    for (const access of loadsOf(stage.value)) {
      if (access.buffer !== store.to.buffer) continue;
      const found = windowsOf(pool.rowAxes, access.strides.slice(0, pool.rowAxes.length), { image, row, column }, shape.images, shape.columns);
      const [down, across] = access.strides.slice(pool.rowAxes.length);
      if (found === undefined || !isPlain(access) || access.offset !== store.to.offset || down !== row || across !== column || pool.elementAxes.length !== 2 || pool.elementAxes.some((size) => size !== found.size)) return undefined;
      windows = found;
    }
  }
  if (windows === undefined || shape.transforms.tile % windows.size !== 0 || windows.rows * windows.size > shape.height || windows.columns * windows.size > shape.width) return undefined;
  // In the end it may look at its own results and at other tensors, but not at the image again.
  if (touches({ ...pool, stages: [] }, store.to.buffer) > 0) return undefined;
  return { ...windows, kernel: withImages(pool, shape.images, windows) };
}

/** The image that a factor walks over, as the kernel that fills it sees it. */
export interface SpreadImage extends Matched<MapKernel> {
  /** By place in the window, row by row. */
  readonly stores: readonly Store[];
  /** From where the factor begins to the first window, in rows and columns of zeros. */
  readonly padRows: number;
  readonly padColumns: number;
}

/** The factor that is an image: the data of a convolution, or the gradient of a weight gradient; and its steps. */
function imageFactor({ kind, kernel }: WinogradShape): { readonly access: Access; readonly steps: ImageSteps } | undefined {
  const factor = kind === 'filter' ? kernel.a : kernel.b;
  if (factor.kind !== 'load' || !isPlain(factor.access)) return undefined;
  const { strides } = factor.access;
  const [image = 0, row = 0, column = 0] = kind === 'filter' ? [strides[0], strides[4], strides[5]] : strides.slice(4);
  return { access: factor.access, steps: { image, row, column } };
}

/** How `fill` fills the image that the kernel's factor reads, where all of it is windows that it fills completely. */
export function spreadImage(shape: WinogradShape, fill: MapKernel): SpreadImage | undefined {
  const factor = imageFactor(shape);
  const [first] = fill.stores;
  if (factor === undefined || first === undefined || fill.settles === true) return undefined;
  const { access, steps } = factor;
  const windows = windowsOf(fill.axes, first.to.strides, steps, shape.images, shape.kind === 'filter' ? shape.inner : shape.columns);
  if (windows === undefined || shape.transforms.tile % windows.size !== 0 || fill.stores.length !== windows.size ** 2) return undefined;
  const kernel = withImages(fill, shape.images, windows);
  const base = Math.min(...kernel.stores.map(({ to }) => to.offset));
  const stores = new Map<number, Store>();
  for (const store of kernel.stores) {
    const { to, dtype } = store;
    const [row, column] = inSteps(to.offset - base, steps);
    if (!isPlain(to) || dtype !== 'f32' || to.buffer !== access.buffer || to.strides.join() !== kernel.stores[0]?.to.strides.join()) return undefined;
    if (!Number.isInteger(column) || row >= windows.size || column >= windows.size) return undefined;
    stores.set(row * windows.size + column, store);
  }
  const [padRows, padColumns] = inSteps(base - access.offset, steps);
  if (stores.size !== kernel.stores.length || padRows < 0 || !Number.isInteger(padColumns)) return undefined;
  return { ...windows, kernel, stores: [...stores].sort(([a], [b]) => a - b).map(([, store]) => store), padRows, padColumns };
}

function inSteps(offset: number, { row, column }: ImageSteps): [number, number] {
  const rows = Math.floor(offset / row);
  return [rows, (offset - rows * row) / column];
}

/**
 * The plan with pooling inside the convolutions that `filtering` runs by minimal filtering. Plans with loops stay as they are:
 * there, images live from one iteration to the next.
 */
export function fusePooling(plan: Plan, filtering: (kernel: Kernel) => WinogradShape | undefined): Plan {
  if (plan.loops.length > 0) return plan;
  const kernels: (Kernel | undefined)[] = [...plan.kernels];
  const gone = new Set<BufferId>();
  const users = usersOf(plan);
  plan.kernels.forEach((kernel, i) => {
    const image = imagesOf(kernel).find((each) => isPassedOn(plan, users, each, i));
    if (image === undefined) return;
    const others = (users.get(image) ?? []).filter((user) => user !== i);
    const fused = others.map((user) => fusedWith(kernels[user], kernel, image, filtering, user < i));
    if ((kernel.kind === 'row' && others.length > 1) || fused.includes(undefined) || !staysTheSame(plan, kernel, image, Math.min(i, ...others), Math.max(i, ...others))) return;
    others.forEach((user, j) => {
      kernels[user] = fused[j];
    });
    kernels[i] = undefined;
    gone.add(image);
  });
  return gone.size === 0 ? plan : replaced(plan, kernels.filter((kernel) => kernel !== undefined), gone);
}

/** Whether a buffer is there for this kernel and some convolutions alone. */
function isPassedOn(plan: Plan, users: ReadonlyMap<BufferId, readonly number[]>, image: BufferId, user: number): boolean {
  const others = (users.get(image) ?? []).filter((other) => other !== user);
  return plan.buffers[image]?.role === 'temporary' && others.length > 0 && others.every((other) => plan.kernels[other]?.kind === 'contract');
}

/** The images that a kernel may reduce or fill. */
function imagesOf(kernel: Kernel): BufferId[] {
  if (kernel.kind === 'map') return kernel.stores.slice(0, 1).map(({ to }) => to.buffer);
  return kernel.kind === 'row' ? [...new Set(kernel.stages.flatMap((stage) => (stage.kind === 'reduce' ? loadsOf(stage.value).map(({ buffer }) => buffer) : [])))] : [];
}
const touches = (kernel: Kernel, buffer: BufferId): number => accessesOf(kernel).filter(({ access }) => access.buffer === buffer).length;

/** The convolution that also does what `kernel` would do with its image before or after it. */
function fusedWith(convolution: Kernel | undefined, kernel: Kernel, image: BufferId, filtering: (kernel: Kernel) => WinogradShape | undefined, isBefore: boolean): ContractKernel | undefined {
  const shape = convolution === undefined ? undefined : filtering(convolution);
  if (convolution?.kind !== 'contract' || shape === undefined || touches(convolution, image) !== 1) return undefined;
  const origins = [...new Set([...convolution.origins, ...kernel.origins])];
  if (isBefore) {
    const pool = kernel.kind === 'row' ? pooledWindows(shape, kernel) : undefined;
    return pool === undefined ? undefined : { ...convolution, name: `${convolution.name} ${kernel.name}`, origins, pool: pool.kernel };
  }
  const spread = kernel.kind === 'map' && imageFactor(shape)?.access.buffer === image ? spreadImage(shape, kernel) : undefined;
  return spread === undefined ? undefined : { ...convolution, origins, spread: spread.kernel };
}

function usersOf(plan: Plan): Map<BufferId, number[]> {
  const users = new Map<BufferId, number[]>();
  plan.kernels.forEach((kernel, i) => {
    for (const buffer of new Set(accessesOf(kernel).map(({ access }) => access.buffer))) users.set(buffer, [...(users.get(buffer) ?? []), i]);
  });
  return users;
}

/** Whether no kernel from number `from` to `to` writes what this one reads, or touches what it writes, apart from the image. */
function staysTheSame({ kernels }: Plan, kernel: Kernel, image: BufferId, from: number, to: number): boolean {
  const own = accessesOf(kernel).filter(({ access }) => access.buffer !== image);
  return kernels.slice(from, to + 1).every((other) => other === kernel || accessesOf(other).every(({ access, isStore }) => own.every((mine) => mine.access.buffer !== access.buffer || (!mine.isStore && !isStore))));
}

/** With these kernels, and the arena without the buffers that are gone. */
function replaced(plan: Plan, kernels: readonly Kernel[], gone: ReadonlySet<BufferId>): Plan {
  const lives = livesOf({ kernels, buffers: plan.buffers });
  const lifeOf = ({ id }: PlanBuffer): { readonly from: number; readonly to: number } => lives.get(id) ?? { from: 0, to: kernels.length };
  const bytesOf = ({ length, dtype }: PlanBuffer): number => length * bytesPerElement(dtype);
  const here = plan.buffers.filter(({ id, role }) => role === 'temporary' && !gone.has(id));
  const offsets = new Map<BufferId, number>();
  // Images with margins of zeros still share places only with those that they shared one with, as far as their new lives allow.
  const slots: { readonly was: number; readonly offset: number; to: number }[] = [];
  let clearedBytes = 0;
  for (const buffer of here.filter(({ offset }) => offset < plan.clearedBytes).sort((a, b) => lifeOf(a).from - lifeOf(b).from)) {
    const { from, to } = lifeOf(buffer);
    let slot = slots.find((other) => other.was === buffer.offset && other.to < from);
    if (slot === undefined) {
      slots.push((slot = { was: buffer.offset, offset: clearedBytes, to }));
      clearedBytes += align(Math.max(...here.filter(({ offset }) => offset === buffer.offset).map(bytesOf)));
    }
    slot.to = to;
    offsets.set(buffer.id, slot.offset);
  }
  const shared = here.filter(({ offset }) => offset >= plan.clearedBytes);
  const placement = placeLifetimes(shared.map((buffer) => ({ bytes: bytesOf(buffer), ...lifeOf(buffer) })));
  shared.forEach(({ id }, i) => offsets.set(id, clearedBytes + (placement.offsets[i] ?? 0)));
  // Buffers that are gone stay in the list, without any element, so that numbers stay.
  const buffers = plan.buffers.map((buffer): PlanBuffer => (gone.has(buffer.id) ? { ...buffer, length: 0, offset: 0 } : { ...buffer, offset: offsets.get(buffer.id) ?? buffer.offset }));
  return { ...plan, kernels, buffers, clearedBytes, arenaBytes: clearedBytes + placement.bytes };
}
