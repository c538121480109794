/** The environments as datasets: what is there before a network plays is how an indifferent player fares. */
import { cartPoleNode } from '../../nodes/data/cart-pole.ts';
import type { LearningParams } from '../../nodes/data/environment-parts.ts';
import { gridWorldNode } from '../../nodes/data/grid-world.ts';
import type { NodeType } from '../../nodes/node-type.ts';
import type { Dataset } from '../dataset.ts';
import { cartPole as cartPoleRules } from '../environments/cart-pole.ts';
import type { Environment } from '../environments/environment.ts';
import { indifferent, type Playable, playEpoch } from '../environments/experience.ts';
import { gridWorld as gridWorldRules } from '../environments/grid-world.ts';
import { datasetFromNode } from './from-node.ts';

function environmentSet<P extends LearningParams>(node: NodeType<P>, rules: (params: P) => Environment): Dataset {
  return datasetFromNode(node, {
    async load(params, { seed }) {
      const environment = rules(params);
      const playable: Playable = { environment, learning: params };
      const { samples } = await playEpoch(playable, { epoch: 0, seed, memory: {}, policy: indifferent(environment) });
      return { train: samples, classNames: environment.actionNames, playable };
    },
  });
}

export const cartPole = environmentSet(cartPoleNode, cartPoleRules);
export const gridWorld = environmentSet(gridWorldNode, gridWorldRules);
