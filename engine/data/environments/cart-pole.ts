/** A pole stands on a cart, joined to it without friction; pushing the cart left or right is to keep it upright. */
import type { CartPoleParams } from '../../nodes/data/cart-pole.ts';
import type { Environment, State, Transition } from './environment.ts';

/** The constants of Barto, Sutton & Anderson, 1983, without their friction; the angle's limit is theirs, too. */
export const CART_POLE = {
  /** m/s². */
  gravity: 9.8,
  /** kg. */
  cartMass: 1,
  poleMass: 0.1,
  /** From the joint to the pole's centre of mass, m. */
  halfLength: 0.5,
  /** N, to either side. */
  force: 10,
  /** Seconds of a step: Euler's method. */
  interval: 0.02,
  /** The track ends so far from its middle, m. */
  track: 2.4,
  /** The pole has fallen, radians. */
  fallen: (12 * Math.PI) / 180,
  /** Each number of a first state lies within this of 0. */
  start: 0.05,
} as const;

/** Place of the cart (m), its speed (m/s), angle of the pole from upright (radians), its speed (radians/s). */
function step([place = 0, speed = 0, angle = 0, turning = 0]: State, action: number): Transition {
  const { gravity, cartMass, poleMass, halfLength, force, interval, track, fallen } = CART_POLE;
  const mass = cartMass + poleMass;
  const push = action === 1 ? force : -force;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const drive = (push + poleMass * halfLength * turning ** 2 * sin) / mass;
  const turn = (gravity * sin - cos * drive) / (halfLength * (4 / 3 - (poleMass * cos ** 2) / mass));
  const acceleration = drive - (poleMass * halfLength * turn * cos) / mass;
  const state = [place + interval * speed, speed + interval * acceleration, angle + interval * turning, turning + interval * turn];
  return { state, reward: 1, ends: Math.abs(state[0] ?? 0) > track || Math.abs(state[2] ?? 0) > fallen };
}

export function cartPole({ limit }: Pick<CartPoleParams, 'limit'>): Environment {
  return {
    stateSize: 4,
    observationShape: [4],
    actionNames: ['←', '→'],
    limit,
    start: (random) => Array.from({ length: 4 }, () => random.uniform(-CART_POLE.start, CART_POLE.start)),
    step,
    observe: (state, into, offset) => into.set(state, offset),
  };
}
