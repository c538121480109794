/**
 * Which buffers may hold half-precision numbers (f16: 11 bits, up to 65504) where that is wished for: what passes through
 * memory on the way forward. Sums stay whole, and so does everything on the way back: gradients are often below 6e-8, the
 * smallest half. Weights, moments and whatever else is a state are never touched.
 */
import { accessesOf } from '../../compile/accesses.ts';
import type { BufferId, Kernel, Plan } from '../../compile/plan.ts';

/** Smaller buffers would gain nothing. */
const LEAST_ELEMENTS = 1 << 14;

export function halfBuffers(plan: Plan): ReadonlySet<BufferId> {
  const forward = forwardBuffers(plan);
  const whole = new Set<BufferId>();
  for (const { window } of plan.buffers) if (window !== undefined) whole.add(window.of);
  for (const kernel of plan.kernels) for (const id of sumsOf(kernel)) whole.add(id);
  const isHalf = (id: BufferId): boolean => {
    const buffer = plan.buffers[id];
    return buffer !== undefined && buffer.role === 'temporary' && buffer.dtype === 'f32' && buffer.length >= LEAST_ELEMENTS && !whole.has(id);
  };
  return new Set([...forward].filter(isHalf));
}

/** Buffers that an output (a loss, a metric, a prediction) depends on. */
function forwardBuffers({ kernels, buffers }: Plan): ReadonlySet<BufferId> {
  const root = (id: BufferId): BufferId => buffers[id]?.window?.of ?? id;
  const touched = kernels.map((kernel) => {
    const accesses = accessesOf(kernel);
    const ids = (isStore: boolean): BufferId[] => [...new Set(accesses.filter((a) => a.isStore === isStore).map(({ access }) => root(access.buffer)))];
    return { kernel, loads: ids(false), stores: ids(true) };
  });
  const isState = (id: BufferId): boolean => buffers[id]?.role === 'state';
  // An optimizer reads gradients and writes weights; where a later loss of the step sees the new weights, the way back to the gradients ends here.
  const updates = new Set(touched.flatMap(({ kernel, loads, stores }) => (kernel.kind === 'map' && stores.some(isState) ? [...loads, ...stores] : [])));
  const found = new Set<BufferId>(buffers.flatMap(({ id, role }) => (role === 'output' ? [id] : [])));
  // Backwards, and again as long as a loop brings something new.
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const { loads, stores } of [...touched].reverse()) {
      if (stores.some((id) => found.has(id))) for (const id of loads) if (!isState(id) && !updates.has(id)) found.add(id);
    }
  }
  return found;
}

/** What a kernel stores of a sum over its rows: statistics, norms, parts of a loss. */
function sumsOf(kernel: Kernel): readonly BufferId[] {
  const isSum = kernel.kind === 'row' && kernel.stages.some((stage) => stage.kind === 'reduce' && stage.fn === 'sum');
  return isSum ? kernel.finish.map(({ to }) => to.buffer) : [];
}
