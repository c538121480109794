/** How a trained network fares in its environment. */
import { episodeFigures, type Playable } from '../../data/environments/experience.ts';
import type { GridWorld } from '../../data/environments/grid-world.ts';
import type { Player } from '../../data/environments/play.ts';
import { Random } from '../../data/random.ts';
import { DeviceModel } from '../../train/device-model.ts';
import { playGreedily, testPlayers } from '../../train/greedy-play.ts';
import { trainModel } from '../../train/model.ts';
import { FailedError } from '../errors.ts';
import type { Trained } from './train-template.ts';

async function play({ graph, weights, backend, data }: Trained, playersOf: (playable: Playable) => readonly Player[]) {
  const [node, playable] = Object.entries(data).flatMap(([id, { playable: own }]) => (own === undefined ? [] : [[id, own] as const]))[0] ?? [];
  if (node === undefined || playable === undefined) throw new FailedError('The graph has no environment to play in.');
  const device = new DeviceModel(trainModel(graph), backend, {});
  try {
    await device.writeWeights(weights);
    return { playable, episodes: await playGreedily(device, node, playable, playersOf(playable)) };
  } finally {
    await device.dispose();
  }
}

/** Mean steps of greedy episodes from random starts. */
export async function episodeSteps(trained: Trained): Promise<number> {
  return episodeFigures((await play(trained, () => testPlayers(trained.graph.doc.training.seed))).episodes).episode_steps;
}

/** Share of a grid's starts from which the goal is reached in as few steps as can be. */
export async function shortestPaths(trained: Trained): Promise<number> {
  const gridOf = ({ environment }: Playable): GridWorld => {
    if (!('distances' in environment)) throw new FailedError('Shortest paths are known in a grid world alone.');
    return environment as GridWorld;
  };
  const { playable, episodes } = await play(trained, (each) => gridOf(each).starts.map((start) => ({ start, random: new Random() })));
  const { distances } = gridOf(playable);
  return episodes.filter(({ states, actions, ended }) => ended && actions.length === distances[states[0]?.[0] ?? 0]).length / episodes.length;
}
