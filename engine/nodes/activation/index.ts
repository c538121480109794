/** Elementwise nonlinearities, softmax and its logarithm. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { ELU } from './elu.ts';
import { GELU } from './gelu.ts';
import { HardSwish } from './hard-swish.ts';
import { LeakyReLU } from './leaky-relu.ts';
import { LogSoftmax } from './log-softmax.ts';
import { Mish } from './mish.ts';
import { ReLU } from './relu.ts';
import { SELU } from './selu.ts';
import { Sigmoid } from './sigmoid.ts';
import { SiLU } from './silu.ts';
import { Softmax } from './softmax.ts';
import { Softplus } from './softplus.ts';
import { Tanh } from './tanh.ts';

export const activationNodes: readonly AnyNodeType[] = [
  ReLU, LeakyReLU, ELU, SELU, GELU, SiLU, Sigmoid, Tanh, Softplus, HardSwish, Mish, Softmax, LogSoftmax,
];
