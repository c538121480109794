/**
 * NAdam as the PyTorch of the golden values (1.13) has it: Adam whose momentum warms up and looks one
 * step ahead. That release takes the newest momentum twice into the product of the look-ahead; later
 * ones take it once, which differs by some 3e-4 of the loss in the first steps and then vanishes.
 */
import type { NadamParams } from '../../nodes/optimizer/nadam.ts';
import { need, type OptimizerRule, runningMean } from './optimizer-rule.ts';

/** Dozat's constant in the warm-up of the momentum. */
const WARMUP_BASE = 0.96;

export const nadamRule: OptimizerRule<NadamParams> = {
  moments: () => ['mean', 'squares'],
  decoupledDecay: false,
  scalarNames: ['gradientStep', 'meanStep', 'rootCorrection'],
  scalars({ beta1, beta2, momentumDecay }) {
    const momentumAt = (step: number): number => beta1 * (1 - 0.5 * WARMUP_BASE ** (step * momentumDecay));
    // The product of all momenta so far; kept so that the usual next step costs one multiplication.
    let reached = 0;
    let product = 1;
    return (step, learningRate) => {
      if (step < reached) {
        reached = 0;
        product = 1;
      }
      while (reached < step) product *= momentumAt(++reached);
      const now = momentumAt(step);
      const next = momentumAt(step + 1);
      return {
        gradientStep: (learningRate * (1 - now)) / (1 - product),
        meanStep: (learningRate * next) / (1 - product * now * next),
        rootCorrection: 1 / Math.sqrt(1 - beta2 ** step),
      };
    };
  },
  update(b, { beta1, beta2, epsilon }, { theta, grad, moments, scalars }) {
    const mean = runningMean(b, need(moments, 'mean'), grad, beta1);
    const squares = runningMean(b, need(moments, 'squares'), b.square(grad), beta2);
    const denominator = b.add(b.mul(b.sqrt(squares), need(scalars, 'rootCorrection')), epsilon);
    const step = b.add(b.mul(grad, need(scalars, 'gradientStep')), b.mul(mean, need(scalars, 'meanStep')));
    return { theta: b.sub(theta, b.div(step, denominator)), moments: { mean, squares } };
  },
};
