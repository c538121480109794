/** How a trained network fares in its environment. */
import type { GridWorld } from '../../data/environments/grid-world.ts';
import type { Playable } from '../../data/environments/experience.ts';
import type { Player } from '../../data/environments/play.ts';
import { Random } from '../../data/random.ts';
import { playGreedily } from '../../train/greedy-play.ts';
import { FailedError } from '../errors.ts';
import type { Trained } from './train-template.ts';

/** As many as the usual criterion of cart-pole takes: 195 of 200 steps on average over 100 episodes. */
const EPISODES = 100;
/** A key that no training's episodes have. "test" in ASCII. */
const TEST_PLAY = 0x74657374;

async function play({ graph, weights, backend, data }: Trained, playersOf: (playable: Playable, seed: number) => readonly Player[]) {
  const [node, playable] = Object.entries(data).flatMap(([id, { playable: own }]) => (own === undefined ? [] : [[id, own] as const]))[0] ?? [];
  if (node === undefined || playable === undefined) throw new FailedError('The graph has no environment to play in.');
  return { playable, episodes: await playGreedily(graph, weights, backend, node, playable, playersOf(playable, graph.doc.training.seed)) };
}

/** Mean steps of greedy episodes from random starts. */
export async function episodeSteps(trained: Trained): Promise<number> {
  const { episodes } = await play(trained, (_, seed) => Array.from({ length: EPISODES }, (__, i) => ({ random: new Random(seed, TEST_PLAY, i) })));
  return episodes.reduce((sum, { actions }) => sum + actions.length, 0) / episodes.length;
}

/** Share of a grid's starts from which the goal is reached in as few steps as can be. */
export async function shortestPaths(trained: Trained): Promise<number> {
  const gridOf = ({ environment }: Playable): GridWorld => {
    if (!('distances' in environment)) throw new FailedError('Shortest paths are known in a grid world alone.');
    return environment as GridWorld;
  };
  const { playable, episodes } = await play(trained, (each, seed) => gridOf(each).starts.map((start, i) => ({ start, random: new Random(seed, TEST_PLAY, i) })));
  const { distances } = gridOf(playable);
  return episodes.filter(({ states, actions, ended }) => ended && actions.length === distances[states[0]?.[0] ?? 0]).length / episodes.length;
}
