/** All zeros: biases, and the shifts of norms. */
import { fill, type Initializer } from './initializer.ts';

export const zeros: Initializer<'zeros'> = (_spec, shape) => fill(shape, () => 0);
