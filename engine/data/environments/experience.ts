/**
 * An epoch's samples by playing: so many steps with the network as it is, then what the chosen method makes of
 * them. All of it depends on (parameters, seed, epoch, memory, network) alone.
 */
import type { LearningParams } from '../../nodes/data/environment-parts.ts';
import type { SampleArray, Samples } from '../dataset.ts';
import { Random } from '../random.ts';
import type { Environment, State } from './environment.ts';
import { type Episode, epsilonGreedy, observations, playEpisodes, type Policy, sampled } from './play.ts';

/** Keys of the random streams. */
const PLAY = 1;
const REPLAY = 2;

export interface Playable {
  readonly environment: Environment;
  readonly learning: LearningParams;
}
export interface Turn {
  /** Counted from 0. */
  readonly epoch: number;
  /** Of the run, where the node has none of its own. */
  readonly seed: number;
  /** What the epoch before left behind; nothing in front of the first. */
  readonly memory: Samples;
  readonly policy: Policy;
}
export interface Played {
  readonly samples: Samples;
  /** What the next epoch needs of this one and those before. */
  readonly memory: Samples;
  /** Means over this epoch's episodes, by the names of the curves. */
  readonly figures: EpisodeFigures;
}
export interface EpisodeFigures {
  readonly episode_steps: number;
  /** Sum of the rewards, without discount. */
  readonly episode_return: number;
}

export async function playEpoch({ environment, learning }: Playable, turn: Turn): Promise<Played> {
  const { samples: wanted, method, exploration, explorationEpochs } = learning;
  const seed = learning.seed ?? turn.seed;
  const choose = method === 'policy-gradient' ? sampled : epsilonGreedy(Math.max(exploration, 1 - ((1 - exploration) * turn.epoch) / explorationEpochs));
  // So many players that, if none fails, one round is enough. Every episode is played to its end: the last step's worth is known.
  const players = Math.ceil(wanted / environment.limit);
  const episodes: Episode[] = [];
  for (let steps = 0; steps < wanted;) {
    const round = await playEpisodes(environment, Array.from({ length: players }, (_, i) => ({ random: new Random(seed, PLAY, turn.epoch, episodes.length + i) })), turn.policy, choose);
    for (const episode of round) steps += episode.actions.length;
    episodes.push(...round);
  }
  const figures = episodeFigures(episodes);
  if (method === 'policy-gradient') return { samples: advantages(environment, episodes, learning), memory: {}, figures };
  const memory = remember(environment, turn.memory, episodes, learning);
  return { samples: await replay(environment, memory, learning, turn.policy, new Random(seed, REPLAY, turn.epoch)), memory, figures };
}

/** Means over episodes. */
export const episodeFigures = (episodes: readonly Episode[]): EpisodeFigures => ({
  episode_steps: meanOf(episodes.map(({ actions }) => actions.length)),
  episode_return: meanOf(episodes.map(({ rewards }) => rewards.reduce((sum, reward) => sum + reward, 0))),
});

/** A player who has learnt nothing: all actions alike. */
export const indifferent = ({ actionNames }: Environment): Policy => async ({ shape }) => new Float32Array((shape[0] ?? 0) * actionNames.length);

/**
 * Observation, action and how much better the rest of the episode went than was to be expected so late in one: the discounted return, less
 * the mean of the epoch's returns at that step (Williams, 1992: a baseline takes nothing from the gradient's expectation), over the
 * deviation of all returns. A mean over all steps alike would blame every action near the end of a perfect episode.
 */
function advantages(environment: Environment, episodes: readonly Episode[], { samples: count, discount }: LearningParams): Samples {
  const returns = episodes.map(({ rewards }) => {
    const own = new Array<number>(rewards.length);
    for (let t = rewards.length - 1, rest = 0; t >= 0; t--) own[t] = rest = (rewards[t] ?? 0) + discount * rest;
    return own;
  });
  const baseline = Array.from({ length: environment.limit }, (_, t) => meanOf(returns.flatMap((own) => own[t] ?? [])));
  const all = returns.flat();
  const mean = meanOf(all);
  const deviation = Math.sqrt(meanOf(all.map((value) => (value - mean) ** 2)));
  return {
    x: observations(environment, episodes.flatMap(({ states }) => states.slice(0, -1)).slice(0, count)),
    action: { shape: [count], data: Int32Array.from(episodes.flatMap(({ actions }) => actions).slice(0, count)) },
    value: { shape: [count], data: Float32Array.from(returns.flatMap((own) => own.map((value, t) => (value - (baseline[t] ?? 0)) / (deviation + 1e-8))).slice(0, count)) },
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The memory with an epoch's steps behind what was there, the oldest forgotten. States, not observations: a picture is drawn again when it is needed. */
function remember({ stateSize }: Environment, before: Samples, episodes: readonly Episode[], { samples: count, memory }: LearningParams): Samples {
  const steps = episodes.flatMap(({ states, actions, rewards, ended }) => actions.map((action, t) => ({
    state: states[t] ?? [], action, reward: rewards[t] ?? 0, next: states[t + 1] ?? [], ends: ended && t === actions.length - 1 ? 1 : 0,
  }))).slice(0, count);
  const behind = (name: string, width: number, values: readonly number[]): SampleArray => {
    const data = Float32Array.from([...(before[name]?.data ?? []), ...values]).slice(-memory * width);
    return { shape: [data.length / width, width], data };
  };
  return {
    state: behind('state', stateSize, steps.flatMap(({ state }) => state)),
    action: behind('action', 1, steps.map(({ action }) => action)),
    reward: behind('reward', 1, steps.map(({ reward }) => reward)),
    next: behind('next', stateSize, steps.flatMap(({ next }) => next)),
    ends: behind('ends', 1, steps.map(({ ends }) => ends)),
  };
}

/** Steps from memory: observation, action and r + γ · max Q of what came next (Watkins, 1989), by the network of the epoch's beginning (Mnih et al., 2015). */
async function replay(environment: Environment, memory: Samples, { samples: count, discount }: LearningParams, policy: Policy, random: Random): Promise<Samples> {
  const { action, reward, next, ends } = memory;
  const held = reward?.data.length ?? 0;
  const actionCount = environment.actionNames.length;
  // The first epoch has nothing else to choose from: it comes as it was played.
  const drawn = Array.from({ length: count }, (_, i) => (held <= count ? i : random.below(held)));
  const stateAt = (array: SampleArray | undefined, i: number): State => [...(array?.data.subarray(i * environment.stateSize, (i + 1) * environment.stateSize) ?? [])];
  const answers = await policy(observations(environment, drawn.map((i) => stateAt(next, i))));
  return {
    x: observations(environment, drawn.map((i) => stateAt(memory['state'], i))),
    action: { shape: [count], data: Int32Array.from(drawn, (i) => action?.data[i] ?? 0) },
    value: {
      shape: [count],
      data: Float32Array.from(drawn, (i, k) => (reward?.data[i] ?? 0) + (ends?.data[i] === 1 ? 0 : discount * Math.max(...answers.subarray(k * actionCount, (k + 1) * actionCount)))),
    },
  };
}
