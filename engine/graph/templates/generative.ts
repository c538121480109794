/** Templates: autoencoders and networks that draw. */
import type { Template } from './template.ts';

export const GENERATIVE: readonly Template[] = [];
