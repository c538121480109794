/** Sources of samples. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { addingProblemNode } from './adding-problem.ts';
import { arraysNode } from './arrays.ts';
import { blobsNode } from './blobs.ts';
import { cartPoleNode } from './cart-pole.ts';
import { cifar10Node } from './cifar10.ts';
import { circlesNode } from './circles.ts';
import { colouredShapesNode } from './coloured-shapes.ts';
import { copyMemoryNode } from './copy-memory.ts';
import { digitsNode } from './digits.ts';
import { fashionMnistNode } from './fashion-mnist.ts';
import { gridWorldNode } from './grid-world.ts';
import { lineNode } from './line.ts';
import { maskedTextNode } from './masked-text.ts';
import { mnistNode } from './mnist.ts';
import { moonsNode } from './moons.ts';
import { parityNode } from './parity.ts';
import { planeNode } from './plane.ts';
import { sineForecastNode } from './sine-forecast.ts';
import { sineNode } from './sine.ts';
import { spiralNode } from './spiral.ts';
import { textNode } from './text.ts';
import { xorNode } from './xor.ts';

export const dataNodes: readonly AnyNodeType[] = [
  digitsNode, mnistNode, fashionMnistNode, cifar10Node, colouredShapesNode, blobsNode, circlesNode, moonsNode, xorNode, spiralNode, lineNode, planeNode, sineNode,
  sineForecastNode, addingProblemNode, copyMemoryNode, parityNode, textNode, maskedTextNode, gridWorldNode, cartPoleNode, arraysNode,
];
