/** RMSprop as PyTorch has it: epsilon outside the root, momentum over the scaled gradient. */
import type { RmspropParams } from '../../nodes/optimizer/rmsprop.ts';
import { type NamedValues, need, type OptimizerRule, runningMean } from './optimizer-rule.ts';

export const rmspropRule: OptimizerRule<RmspropParams> = {
  moments: ({ momentum, centered }) => ['squares', ...(centered ? ['mean'] : []), ...(momentum === 0 ? [] : ['momentum'])],
  decoupledDecay: false,
  scalarNames: ['learningRate'],
  scalars: () => (_step, learningRate) => ({ learningRate }),
  update(b, { alpha, momentum, centered, epsilon }, { theta, grad, moments, scalars }) {
    const rate = need(scalars, 'learningRate');
    const squares = runningMean(b, need(moments, 'squares'), b.square(grad), alpha);
    const mean = centered ? runningMean(b, need(moments, 'mean'), grad, alpha) : undefined;
    // Rounding may leave a variance just below zero, whose root would be NaN.
    const variance = mean === undefined ? squares : b.max(b.sub(squares, b.square(mean)), 0);
    const scaled = b.div(grad, b.add(b.sqrt(variance), epsilon));
    const kept: NamedValues = mean === undefined ? { squares } : { squares, mean };
    if (momentum === 0) return { theta: b.sub(theta, b.mul(scaled, rate)), moments: kept };
    const velocity = b.add(b.mul(need(moments, 'momentum'), momentum), scaled);
    const withMomentum: NamedValues = { ...kept, momentum: velocity };
    return { theta: b.sub(theta, b.mul(velocity, rate)), moments: withMomentum };
  },
};
