/** AdamW: Adam's rule with the weight decay taken from the weights. */
import { adamRule } from './adam.ts';

export const adamwRule: typeof adamRule = { ...adamRule, decoupledDecay: true };
