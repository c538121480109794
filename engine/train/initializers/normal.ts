/** Normal, by Box & Muller (“A Note on the Generation of Random Normal Deviates”, 1958). */
import { fill, type Initializer } from './initializer.ts';

export const normal: Initializer<'normal' | 'truncated-normal'> = ({ mean, std }, shape, stream) => fill(shape, (i) => mean + std * stream.normal(i));
