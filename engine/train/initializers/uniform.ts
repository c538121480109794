/** Uniform in [low, high). */
import { fill, type Initializer } from './initializer.ts';

export const uniform: Initializer<'uniform'> = ({ low, high }, shape, stream) => fill(shape, (i) => low + (high - low) * stream.uniform(i));
