/** Losses. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { contrastive } from './contrastive.ts';
import { crossEntropy } from './cross-entropy.ts';
import { hinge } from './hinge.ts';
import { huber } from './huber.ts';
import { klDivergence } from './kl-divergence.ts';
import { mae } from './mae.ts';
import { mse } from './mse.ts';
import { nll } from './nll.ts';
import { policyGradient } from './policy-gradient.ts';
import { qLoss } from './q-loss.ts';
import { standardNormalKL } from './standard-normal-kl.ts';

export const lossNodes: readonly AnyNodeType[] = [crossEntropy, binaryCrossEntropy, nll, klDivergence, standardNormalKL, contrastive, hinge, mse, mae, huber, policyGradient, qLoss];
