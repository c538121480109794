/** What the pooling layers share: parameters, checks and the way to write uneven padding. */
import type { Window } from '../../tensor/ir.ts';
import { type ParamSpecs, ShapeError, type TensorType } from '../node-type.ts';
import { ints, text } from '../params.ts';
import { type PaddingMode, requireImage, slidingWindow } from '../shapes.ts';
import { padsOf, paddingParam } from './convolution.ts';

export interface PoolParams {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: PaddingMode;
  readonly pads: readonly number[];
}

export const poolParams: ParamSpecs<PoolParams> = {
  size: ints(text('Window size', '窗口大小'), text('Height and width of the window; one number for a square.', '窗口的高和宽；一个数表示正方形。'), [2, 2], { min: 1, max: 1024, minLength: 1, maxLength: 2, prominent: true }),
  stride: ints(text('Stride', '步幅'), text('Cells that the window moves at a time; empty: as many as its size, so that windows do not overlap.', '窗口每次移动的格数；留空则等于窗口大小，窗口互不重叠。'), [], { min: 1, max: 64, minLength: 0, maxLength: 2 }),
  padding: paddingParam,
  pads: padsOf(2),
};

export interface PoolGeometry {
  readonly channels: number;
  readonly spatial: readonly [number, number];
  readonly window: Window;
  readonly places: readonly number[];
}

export function poolGeometry(p: PoolParams, ins: readonly TensorType[]): PoolGeometry {
  const { channels, spatial } = requireImage(ins);
  const { window, places } = slidingWindow(spatial, { ...p, sizeParam: 'size' });
  window.size.forEach((size, i) => {
    const before = window.padBefore[i] ?? 0;
    const after = window.padAfter[i] ?? 0;
    if (before < size && after < size) return;
    throw new ShapeError({ en: `padding of ${Math.max(before, after)} is not below the window size ${size}: a window would see no cell of the input`, zh: `填充 ${Math.max(before, after)} 不小于窗口大小 ${size}：某个窗口将看不到输入的任何单元` }, {
      code: 'pool-padding', repair: { kind: 'set-param', param: 'padding', value: 'valid' },
    });
  });
  return { channels, spatial, window, places };
}

const isEven = (window: Window): boolean => window.padBefore.every((n, i) => n === window.padAfter[i]);
/** What PyTorch's pooling layers accept: the same in front and behind, at most half of the window. */
export const fitsTorch = (window: Window): boolean => isEven(window) && window.padBefore.every((n, i) => 2 * n <= (window.size[i] ?? 1));
