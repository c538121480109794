/** What can be played in: rules as pure functions of a state, so that an episode can be told, stored and gone on with. */
import type { Random } from '../random.ts';

/** All that decides what comes next: `stateSize` numbers. */
export type State = readonly number[];

export interface Transition {
  readonly state: State;
  readonly reward: number;
  /** The episode is over: nothing more can be won or lost. */
  readonly ends: boolean;
}

export interface Environment {
  readonly stateSize: number;
  /** Of one observation, without the sample axis. */
  readonly observationShape: readonly number[];
  /** One for each action: signs that every language reads. */
  readonly actionNames: readonly string[];
  /** Steps after which an episode is broken off. */
  readonly limit: number;
  start(random: Random): State;
  step(state: State, action: number): Transition;
  /** Writes what a player sees of the state into `into`, from `offset` on. */
  observe(state: State, into: Float32Array, offset: number): void;
}
