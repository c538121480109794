/** How well a trained network plays on its own: without chance in its choices, from starts that it was not trained on. */
import type { Backend } from '../backends/backend.ts';
import type { Playable } from '../data/environments/experience.ts';
import { type Episode, greedy, type Player, playEpisodes } from '../data/environments/play.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import type { NamedTensors } from '../interop/named-tensors.ts';
import { DeviceModel } from './device-model.ts';
import { trainModel } from './model.ts';
import { NetworkPlayer } from './player.ts';
import { completeTensors } from './weights.ts';

/** One episode per player in the environment of `node`, each step the action that the network thinks best. */
export async function playGreedily(graph: CheckedGraph, weights: NamedTensors, backend: Backend, node: NodeId, playable: Playable, players: readonly Player[]): Promise<readonly Episode[]> {
  const model = trainModel(graph);
  const device = new DeviceModel(model, backend, {});
  try {
    await device.writeWeights(completeTensors(model.layout, weights));
    return await playEpisodes(playable.environment, players, new NetworkPlayer(device).policy(node, playable), greedy);
  } finally {
    await device.dispose();
  }
}
