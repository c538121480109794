/** Elementwise kernels: four points at a time along the innermost axis; threads share the outer points, or the axis itself. */
import type { MapKernel, PlanBuffer } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';

/** Below this many outer points the innermost axis is cut for the threads instead. */
const ENOUGH_UNITS = 16;
/**
 * Rows that an index picks lie anywhere in memory, and the processor waits for each: for its pages most of all, which a virtual machine
 * looks up in two tables. So many rows are asked for together, and waited for together.
 */
const GROUP = 8;
/** Shorter ones, in elements, are not worth it. */
const LEAST_ROW = 32;
/** Elements that are cut off together: a cache line of floats. */
const BLOCK = 16;

export function emitMapKernel(m: ModuleBuilder, f: FunctionBuilder, kernel: MapKernel, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local): void {
  const axes = kernel.axes.length === 0 ? [1] : kernel.axes;
  const inner = axes.length - 1;
  const length = axes[inner] ?? 1;
  const outer = axes.slice(0, inner);
  const nest = new Nest(f, bufferParam);
  const lanes = new Lanes({ m, nest, buffers, laneAxis: inner, movingAxes: [inner], settles: kernel.settles, accumulator: () => { throw new Error('a map kernel has no accumulators'); } });
  lanes.register([], kernel.stores);
  const values = kernel.stores.map((s) => s.value);
  const full: Place = { group: 0, lanes: 4 };
  const vectorAt = (place: Place): void => {
    lanes.next();
    lanes.storeAll(kernel.stores, [place]);
  };
  const count = f.local('i32');
  const rest = length % 4;
  const outerUnits = outer.reduce((n, size) => n * size, 1);

  if (outerUnits >= ENOUGH_UNITS || length < 4 * BLOCK) {
    const picked = outer.length === 1 && length >= LEAST_ROW ? lanes.pickedRows(values) : [];
    const share = threadShare(f, outerUnits);
    const [ahead, aheadEnd] = f.locals('i32', 2) as [Local, Local];
    unitLoop(f, outer, share, (index) => {
      const [row] = index;
      if (picked.length > 0 && row !== undefined) {
        // At the first row of each group, of those that are this thread's.
        f.get(row).get(aheadEnd).op('i32GeU').if(() => {
          f.get(row).set(ahead).get(row).i32(GROUP).op('i32Add').set(aheadEnd);
          f.get(share.end).get(aheadEnd).get(aheadEnd).get(share.end).op('i32GeU').op('select').set(aheadEnd);
          f.loop(() => {
            nest.start([ahead]);
            for (const access of picked) lanes.fetchRow(access, length);
            f.get(ahead).i32(1).op('i32Add').tee(ahead).get(aheadEnd).op('i32LtU').branchIf(0);
          });
        });
      }
      nest.start(index);
      lanes.hoist(values);
      if (length >= 4) {
        f.repeat(count, Math.floor(length / 4), () => {
          vectorAt(full);
          nest.advance(inner, 4);
        });
      }
      if (rest > 0) vectorAt({ group: 0, lanes: rest });
      lanes.reset();
    });
    return;
  }
  const blocks = threadShare(f, Math.ceil(length / BLOCK));
  const [begin, end, unit, unitEnd] = f.locals('i32', 4) as [Local, Local, Local, Local];
  f.get(blocks.begin).i32(BLOCK).op('i32Mul').set(begin);
  f.get(blocks.end).i32(BLOCK).op('i32Mul').tee(end).i32(length).get(end).i32(length).op('i32LtU').op('select').set(end);
  f.get(begin).get(end).op('i32LtU').if(() => {
    f.i32(0).set(unit).i32(outerUnits).set(unitEnd);
    unitLoop(f, outer, { begin: unit, end: unitEnd }, (index) => {
      nest.start([...index, begin]);
      lanes.hoist(values);
      f.get(end).get(begin).op('i32Sub').i32(2).op('i32ShrU').tee(count).if(() => {
        f.loop(() => {
          vectorAt(full);
          nest.advance(inner, 4);
          f.get(count).i32(1).op('i32Sub').tee(count).branchIf(0);
        });
      });
      if (rest > 0) f.get(end).i32(length).op('i32Eq').if(() => vectorAt({ group: 0, lanes: rest }));
      lanes.reset();
    });
  });
}
