/** Templates: the families of convolutional networks, in small, for images of 28 × 28. */
import type { Template } from './template.ts';

export const CONVOLUTIONAL: readonly Template[] = [];
