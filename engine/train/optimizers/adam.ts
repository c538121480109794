/** Adam, AMSGrad and AdamW: one rule, the decay apart. The bias corrections are scalars of the step. */
import type { AdamParams } from '../../nodes/optimizer/adam.ts';
import { type NamedValues, need, type OptimizerRule, runningMean } from './optimizer-rule.ts';

export const adamRule: OptimizerRule<AdamParams> = {
  moments: ({ amsgrad }) => ['mean', 'squares', ...(amsgrad ? ['largest'] : [])],
  decoupledDecay: false,
  scalarNames: ['stepSize', 'rootCorrection'],
  scalars: ({ beta1, beta2 }) => (step, learningRate) => ({
    stepSize: learningRate / (1 - beta1 ** step),
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** step),
  }),
  update(b, { beta1, beta2, amsgrad, epsilon }, { theta, grad, moments, scalars }) {
    const mean = runningMean(b, need(moments, 'mean'), grad, beta1);
    const squares = runningMean(b, need(moments, 'squares'), b.square(grad), beta2);
    const largest = amsgrad ? b.max(need(moments, 'largest'), squares) : undefined;
    const denominator = b.add(b.mul(b.sqrt(largest ?? squares), need(scalars, 'rootCorrection')), epsilon);
    const kept: NamedValues = largest === undefined ? { mean, squares } : { mean, squares, largest };
    return { theta: b.sub(theta, b.mul(b.div(mean, denominator), need(scalars, 'stepSize'))), moments: kept };
  },
};
