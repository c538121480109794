/** How a network plays: what it predicts for an environment's observations, as the policy that its loss trains. */
import { type EpisodeFigures, type Playable, type Played, playEpoch } from '../data/environments/experience.ts';
import type { Policy } from '../data/environments/play.ts';
import { type CheckedGraph, inputAt } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import type { MetricValues } from '../protocol.ts';
import { DataError, type DeviceModel, type SplitSamples } from './device-model.ts';
import { Predictor } from './predictor.ts';

/** What an epoch's playing gave, by environment node. Part of a run's snapshot: it cannot be had again from later weights. */
export interface Experience {
  /** The epoch that the samples are for, counted from 0. */
  readonly epoch: number;
  readonly sources: Readonly<Record<NodeId, Played>>;
}
/** Predictions by the weights as they are on the device when it is asked. */
export class NetworkPlayer {
  readonly #graph: CheckedGraph;
  readonly #predictor: Predictor;

  constructor(device: DeviceModel) {
    this.#graph = device.model.graph;
    this.#predictor = new Predictor(device);
  }

  /** Throws DataError where the graph's prediction is not one number per action. */
  policy(node: NodeId, { environment }: Playable): Policy {
    const actions = environment.actionNames.length;
    const { prediction, losses } = this.#graph;
    const label = this.#graph.nodes.get(node)?.label ?? node;
    const trained = losses.map((loss) => inputAt(loss.node, 'prediction')).find((input) => input !== undefined);
    if (prediction === undefined || prediction.node !== trained?.from || prediction.output !== trained.output) {
      throw new DataError({ en: `'${label}' is played by what the graph predicts, but its Output is not what the loss judges. Wire the same numbers into both, with no activation in between.`, zh: `“${label}”由图的预测来玩，但输出节点得到的并不是损失所评判的数。请把同一组数同时接到两者，中间不加激活函数。` });
    }
    if (prediction.type.shape.length !== 2 || prediction.type.shape[1] !== actions) {
      throw new DataError({ en: `'${label}' has ${actions} actions and needs a number for each, [N, ${actions}]; the graph predicts [${prediction.type.shape.join(', ')}]. Make the last Dense ${actions} wide.`, zh: `“${label}”有 ${actions} 个动作，每个动作需要一个数，即 [N, ${actions}]；而图的预测是 [${prediction.type.shape.join(', ')}]。请把最后一个全连接层的宽度设为 ${actions}。` });
    }
    return async (observations) => {
      const { outputs } = await this.#predictor.predict({ [node]: observations });
      const answer = Object.values(outputs)[0];
      if (answer === undefined) throw new Error('The graph predicts nothing.');
      return answer.data;
    };
  }
}

export interface EpochToPlay {
  readonly epoch: number;
  readonly seed: number;
  /** What the epoch in front of it gave. */
  readonly before: Experience | undefined;
  /** Asked before each step; what it throws ends the playing. */
  readonly mayGoOn: () => void;
}

/** Plays an epoch in all environments of a run. */
export async function gatherExperience(player: NetworkPlayer, playables: Readonly<Record<NodeId, Playable>>, { epoch, seed, before, mayGoOn }: EpochToPlay): Promise<Experience> {
  const sources: Record<NodeId, Played> = {};
  for (const [node, playable] of Object.entries(playables)) {
    const ask = player.policy(node, playable);
    const policy: Policy = async (observations) => {
      mayGoOn();
      return ask(observations);
    };
    sources[node] = await playEpoch(playable, { epoch, seed, memory: before?.sources[node]?.memory ?? {}, policy });
  }
  return { epoch, sources };
}

/** The samples of an epoch's playing, as they stand in for the split's. */
export const playedSamples = ({ sources }: Experience): SplitSamples => Object.fromEntries(Object.entries(sources).map(([node, { samples }]) => [node, samples]));

/** What the episodes came to, as metrics; by node where several are played in. */
export function figuresOf(figures: Readonly<Record<NodeId, EpisodeFigures>>): MetricValues {
  const all = Object.entries(figures);
  return Object.fromEntries(all.flatMap(([node, own]) => Object.entries(own).map(([name, value]) => [all.length === 1 ? name : `${node}.${name}`, value])));
}
export const playedFigures = ({ sources }: Experience): MetricValues => figuresOf(Object.fromEntries(Object.entries(sources).map(([node, { figures }]) => [node, figures])));
