/** The picture of a cart-pole: the cart where it stands on its track, the pole leaning as it does. */
import { expect, test } from 'vitest';
import { cartDrawing } from '../../../renderer/inspector/sample-carts.tsx';

test('the cart stands in the middle and moves with its place, the pole leans to the side of its angle', () => {
  const upright = cartDrawing([0, 5, 0, 5]);
  expect(upright.tip[0]).toBe(upright.x);
  expect(upright.tip[1]).toBeLessThan(38);
  const right = cartDrawing([1.2, 0, 0.2, 0]);
  const left = cartDrawing(Float32Array.of(-1.2, 0, -0.2, 0));
  expect(right.x - upright.x).toBeCloseTo(upright.x - left.x, 5);
  expect(right.x).toBeGreaterThan(upright.x);
  const lean = Math.atan2(right.tip[0] - right.x, 38 - right.tip[1]);
  expect(lean).toBeCloseTo(0.2, 9);
  expect(left.tip[0]).toBeLessThan(left.x);
  // Beyond the end of the track it stays in the picture.
  expect(cartDrawing([9, 0, 0, 0]).x).toBe(cartDrawing([2.4, 0, 0, 0]).x);
});
