/** Adadelta: the gradient in units of the steps taken lately. */
import type { AdadeltaParams } from '../../nodes/optimizer/adadelta.ts';
import { need, type OptimizerRule, runningMean } from './optimizer-rule.ts';

export const adadeltaRule: OptimizerRule<AdadeltaParams> = {
  moments: () => ['squares', 'updates'],
  decoupledDecay: false,
  scalarNames: ['learningRate'],
  scalars: () => (_step, learningRate) => ({ learningRate }),
  update(b, { rho, epsilon }, { theta, grad, moments, scalars }) {
    const before = need(moments, 'updates');
    const squares = runningMean(b, need(moments, 'squares'), b.square(grad), rho);
    const delta = b.mul(b.div(b.sqrt(b.add(before, epsilon)), b.sqrt(b.add(squares, epsilon))), grad);
    const updates = runningMean(b, before, b.square(delta), rho);
    return { theta: b.sub(theta, b.mul(delta, need(scalars, 'learningRate'))), moments: { squares, updates } };
  },
};
