/** Templates: learning from rewards. */
import type { Template } from './template.ts';

export const REINFORCEMENT: readonly Template[] = [];
