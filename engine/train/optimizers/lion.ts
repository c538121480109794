/** Lion: the sign of the momentum, which is updated only after it was used. */
import type { LionParams } from '../../nodes/optimizer/lion.ts';
import { need, type OptimizerRule, runningMean } from './optimizer-rule.ts';

export const lionRule: OptimizerRule<LionParams> = {
  moments: () => ['momentum'],
  decoupledDecay: true,
  scalarNames: ['learningRate'],
  scalars: () => (_step, learningRate) => ({ learningRate }),
  update(b, { beta1, beta2 }, { theta, grad, moments, scalars }) {
    const momentum = need(moments, 'momentum');
    const direction = b.sign(runningMean(b, momentum, grad, beta1));
    return {
      theta: b.sub(theta, b.mul(direction, need(scalars, 'learningRate'))),
      moments: { momentum: runningMean(b, momentum, grad, beta2) },
    };
  },
};
