/** All ones: the scales of norms. */
import { fill, type Initializer } from './initializer.ts';

export const ones: Initializer<'ones'> = (_spec, shape) => fill(shape, () => 1);
