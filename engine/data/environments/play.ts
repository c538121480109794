/** Playing: episodes side by side, each step of all of them answered by one question to the network. */
import { breathe } from '../breathe.ts';
import type { SampleArray } from '../dataset.ts';
import type { Random } from '../random.ts';
import type { Environment, State } from './environment.ts';

/** The network's answers to observations [players, …]: one number per player and action, row-major. */
export type Policy = (observations: SampleArray) => Promise<Float32Array>;
/** Which action is taken, given the network's numbers for each. */
export type Choice = (values: Float32Array, random: Random) => number;

export interface Episode {
  /** One more than there are actions: the last is where the episode ended. */
  readonly states: readonly State[];
  readonly actions: readonly number[];
  readonly rewards: readonly number[];
  /** False where it was broken off at the limit. */
  readonly ended: boolean;
}

export interface Player {
  /** Of this episode alone: its start and its choices. */
  readonly random: Random;
  /** Drawn by the environment when left out. */
  readonly start?: State;
}

/** Observations [states, …shape]. */
export function observations({ observationShape, observe }: Environment, states: readonly State[]): SampleArray & { readonly data: Float32Array } {
  const size = observationShape.reduce((product, n) => product * n, 1);
  const data = new Float32Array(states.length * size);
  states.forEach((state, i) => observe(state, data, i * size));
  return { shape: [states.length, ...observationShape], data };
}

/** One episode per player. Those that have ended are asked along with the rest, so that one compiled program serves to the end. */
export async function playEpisodes(environment: Environment, players: readonly Player[], policy: Policy, choose: Choice): Promise<readonly Episode[]> {
  const actionCount = environment.actionNames.length;
  const episodes = players.map(({ random, start }) => ({ random, states: [start ?? environment.start(random)], actions: [] as number[], rewards: [] as number[], ended: false }));
  for (let step = 0; step < environment.limit && episodes.some(({ ended }) => !ended); step++) {
    const answers = await policy(observations(environment, episodes.map(({ states }) => states.at(-1) ?? [])));
    episodes.forEach((episode, i) => {
      if (episode.ended) return;
      const action = choose(answers.subarray(i * actionCount, (i + 1) * actionCount), episode.random);
      const { state, reward, ends } = environment.step(episode.states.at(-1) ?? [], action);
      episode.states.push(state);
      episode.actions.push(action);
      episode.rewards.push(reward);
      episode.ended = ends;
    });
    await breathe();
  }
  return episodes;
}

/** The action with the largest number; of equals the first. */
export const greedy: Choice = (values) => values.reduce((best, value, action) => (value > (values[best] ?? 0) ? action : best), 0);

/** Any action with probability `exploration`, else the best. */
export const epsilonGreedy = (exploration: number): Choice => (values, random) => (random.chance(exploration) ? random.below(values.length) : greedy(values, random));

/** Each action by the probability that softmax gives it. */
export const sampled: Choice = (values, random) => {
  const most = Math.max(...values);
  const odds = Array.from(values, (value) => Math.exp(value - most));
  let rest = random.uniform(0, odds.reduce((sum, odd) => sum + odd, 0));
  const chosen = odds.findIndex((odd) => (rest -= odd) < 0);
  return chosen < 0 ? values.length - 1 : chosen;
};
