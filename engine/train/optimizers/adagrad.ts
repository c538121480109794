/** Adagrad: the sum of all squared gradients scales the step. */
import type { AdagradParams } from '../../nodes/optimizer/adagrad.ts';
import { need, type OptimizerRule } from './optimizer-rule.ts';

export const adagradRule: OptimizerRule<AdagradParams> = {
  moments: () => ['squares'],
  decoupledDecay: false,
  scalarNames: ['learningRate'],
  scalars: ({ learningRateDecay }) => (step, learningRate) => ({ learningRate: learningRate / (1 + (step - 1) * learningRateDecay) }),
  update(b, { epsilon }, { theta, grad, moments, scalars }) {
    const squares = b.add(need(moments, 'squares'), b.square(grad));
    const scaled = b.div(grad, b.add(b.sqrt(squares), epsilon));
    return { theta: b.sub(theta, b.mul(scaled, need(scalars, 'learningRate'))), moments: { squares } };
  },
};
