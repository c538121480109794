/** Scatter-add: every thread walks all indices in order and adds its own columns, so that repeated rows add up in one fixed order. */
import type { PlanBuffer, ScatterKernel, Store } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';

export function emitScatterKernel(m: ModuleBuilder, f: FunctionBuilder, kernel: ScatterKernel, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local): void {
  const { indexAxes } = kernel;
  const restAxes = kernel.restAxes.length === 0 ? [1] : kernel.restAxes;
  const sizes = [...indexAxes, ...restAxes];
  const inner = sizes.length - 1;
  const length = sizes[inner] ?? 1;
  const outerRest = restAxes.slice(0, -1).map((_, i) => indexAxes.length + i);
  const vectors = Math.ceil(length / 4);
  const unitStride = (kernel.to.strides[inner] ?? 0) === 1 || length === 1;

  // This thread's vectors of the innermost axis.
  const share = threadShare(f, vectors);
  const [first, row, unit, unitEnd, target] = f.locals('i32', 5) as [Local, Local, Local, Local, Local];
  f.get(share.begin).i32(4).op('i32Mul').set(first);

  const columns = (body: (place: Place) => void, nest: Nest): void => {
    const at = f.local('i32');
    f.get(share.begin).set(at);
    f.loop(() => {
      if (length % 4 === 0) body({ group: 0, lanes: 4 });
      else f.get(at).i32(vectors - 1).op('i32Eq').if(() => body({ group: 0, lanes: length % 4 }), () => body({ group: 0, lanes: 4 }));
      nest.advance(inner, 4);
      f.get(at).i32(1).op('i32Add').tee(at).get(share.end).op('i32LtU').branchIf(0);
    });
    // Back to this thread's first column.
    const moved = f.local('i32');
    f.get(share.begin).get(share.end).op('i32Sub').i32(4).op('i32Mul').set(moved);
    nest.advanceBy(inner, moved);
  };
  const addressOf = (nest: Nest): Local => nest.address(kernel.to.buffer, kernel.to, 4);
  const store = (value: Local, place: Place): void => {
    const stride = kernel.to.strides[inner] ?? 0;
    if (unitStride && place.lanes === 4) {
      f.get(target).get(value).vStore();
      return;
    }
    for (let lane = 0; lane < place.lanes; lane++) f.get(target).i32(lane * stride * 4).op('i32Add').get(value).vStore32Lane(lane);
  };
  const load = (result: Local, place: Place): void => {
    const stride = kernel.to.strides[inner] ?? 0;
    if (unitStride && place.lanes === 4) {
      f.get(target).vLoad().set(result);
      return;
    }
    f.vi32(0).set(result);
    for (let lane = 0; lane < place.lanes; lane++) f.get(target).i32(lane * stride * 4).op('i32Add').get(result).vLoad32Lane(lane).set(result);
  };

  f.get(share.begin).get(share.end).op('i32LtU').if(() => {
    // Zero the result: rows in a loop of their own, columns as above.
    const clear = new Nest(f, bufferParam);
    const zero = f.local('v128');
    addressOf(clear);
    f.vi32(0).set(zero);
    f.i32(0).set(row);
    f.loop(() => {
      clear.start([...indexAxes.map(() => undefined), ...outerRest.map(() => undefined), first]);
      clear.loops(outerRest, sizes, () => columns((place) => {
        f.get(addressOf(clear)).get(row).i32(kernel.rowStride * 4).op('i32Mul').op('i32Add').set(target);
        store(zero, place);
      }, clear));
      f.get(row).i32(1).op('i32Add').tee(row).i32(kernel.rows).op('i32LtU').branchIf(0);
    });

    const nest = new Nest(f, bufferParam);
    const lanes = new Lanes({ m, nest, buffers, laneAxis: inner, movingAxes: [inner, ...outerRest], accumulator: () => { throw new Error('a scatter kernel has no accumulators'); } });
    lanes.register([kernel.row, kernel.value], [] satisfies Store[]);
    addressOf(nest);
    const sum = f.local('v128');
    f.i32(0).set(unit).i32(indexAxes.reduce((n, size) => n * size, 1)).set(unitEnd);
    unitLoop(f, indexAxes, { begin: unit, end: unitEnd }, (index) => {
      nest.start([...index, ...outerRest.map(() => undefined), first]);
      lanes.reset();
      f.get(lanes.vector(kernel.row, { group: 0, lanes: 1 })).i32ExtractLane(0).set(row);
      f.i32(0).get(row).get(row).i32(0).op('i32LtS').op('select').set(row);
      f.i32(kernel.rows - 1).get(row).get(row).i32(kernel.rows - 1).op('i32GtS').op('select').set(row);
      lanes.reset();
      nest.loops(outerRest, sizes, () => columns((place) => {
        lanes.reset();
        const value = lanes.vector(kernel.value, place);
        f.get(addressOf(nest)).get(row).i32(kernel.rowStride * 4).op('i32Mul').op('i32Add').set(target);
        load(sum, place);
        f.get(sum).get(value).simd('f32x4Add').set(sum);
        store(sum, place);
      }, nest));
      lanes.reset();
    });
  });
}
