/** States of the cart-pole as pictures: the track, the cart where it stands, the pole as it leans. */
import { useTranslation } from 'react-i18next';
import type { TensorData } from '../../engine/protocol.ts';
import { type Labelled, labelOf, targetOf } from './sample-pictures.tsx';

/** The track reaches so far to either side, m. */
const TRACK = 2.4;
/** Sides of the picture; the pole is drawn longer than it is against the track, or its lean could not be seen. */
const SIDE = 48;
const RAIL = 38;
const POLE = 26;
const CART = 9;

/** Where cart and pole are drawn for a state [place, speed, angle, angular speed]: x of the cart, the pole's end. */
export function cartDrawing(state: ArrayLike<number>): { readonly x: number; readonly tip: readonly [number, number] } {
  const [place = 0, , angle = 0] = Array.from(state);
  const x = SIDE / 2 + (Math.max(-TRACK, Math.min(TRACK, place)) / TRACK) * (SIDE - CART) / 2;
  return { x, tip: [x + POLE * Math.sin(angle), RAIL - POLE * Math.cos(angle)] };
}

export function SampleCarts({ states, targets, classNames }: { readonly states: TensorData } & Labelled) {
  const { t } = useTranslation('inspector');
  const [count = 0, size = 4] = states.shape;
  return (
    <ul className="inspector-samples">
      {Array.from({ length: count }, (_, i) => {
        const { x, tip } = cartDrawing(states.data.subarray(i * size, (i + 1) * size));
        const label = labelOf(targetOf(targets, i), classNames);
        return (
          <li key={String(i)}>
            <svg viewBox={`0 0 ${String(SIDE)} ${String(SIDE)}`} role="img" aria-label={t('sampleOf', { label })} className="inspector-cart">
              <path d={`M0 ${String(RAIL + 3)}H${String(SIDE)}`} />
              <rect x={x - CART / 2} y={RAIL - 3} width={CART} height={6} />
              <path d={`M${String(x)} ${String(RAIL)}L${String(tip[0])} ${String(tip[1])}`} className="inspector-pole" />
            </svg>
            <span>{label}</span>
          </li>
        );
      })}
    </ul>
  );
}
