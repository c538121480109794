/** How well a trained network plays on its own: without chance in its choices, from starts that it was not trained on. */
import type { Playable } from '../data/environments/experience.ts';
import { type Episode, greedy, type Player, playEpisodes } from '../data/environments/play.ts';
import { Random } from '../data/random.ts';
import type { NodeId } from '../graph/document.ts';
import type { DeviceModel } from './device-model.ts';
import { NetworkPlayer } from './player.ts';

/** As many as the usual criterion of cart-pole takes: 195 of 200 steps on average over 100 episodes. */
const TEST_EPISODES = 100;
/** A key that no training's episodes have. "test" in ASCII. */
const TEST_PLAY = 0x74657374;

/** Players from random starts, the same for the same seed. */
export const testPlayers = (seed: number): readonly Player[] => Array.from({ length: TEST_EPISODES }, (_, i) => ({ random: new Random(seed, TEST_PLAY, i) }));

/** One episode per player in the environment of `node`, each step the action that the network thinks best. */
export const playGreedily = (device: DeviceModel, node: NodeId, playable: Playable, players: readonly Player[]): Promise<readonly Episode[]> =>
  playEpisodes(playable.environment, players, new NetworkPlayer(device).policy(node, playable), greedy);
