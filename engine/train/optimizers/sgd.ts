/** SGD with momentum as PyTorch has it: the learning rate is applied after the momentum, without dampening. */
import type { SgdParams } from '../../nodes/optimizer/sgd.ts';
import { type NamedValues, need, type OptimizerRule } from './optimizer-rule.ts';

export const sgdRule: OptimizerRule<SgdParams> = {
  moments: ({ momentum }) => (momentum === 0 ? [] : ['momentum']),
  decoupledDecay: false,
  scalarNames: ['learningRate'],
  scalars: () => (_step, learningRate) => ({ learningRate }),
  update(b, { momentum, nesterov }, { theta, grad, moments, scalars }) {
    const rate = need(scalars, 'learningRate');
    const none: NamedValues = {};
    if (momentum === 0) return { theta: b.sub(theta, b.mul(grad, rate)), moments: none };
    const velocity = b.add(b.mul(need(moments, 'momentum'), momentum), grad);
    const direction = nesterov ? b.add(grad, b.mul(velocity, momentum)) : velocity;
    const kept: NamedValues = { momentum: velocity };
    return { theta: b.sub(theta, b.mul(direction, rate)), moments: kept };
  },
};
