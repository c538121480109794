/** Variance 1 / fan-in: LeCun, Bottou, Orr & Müller, “Efficient BackProp”, 1998; with SELU: Klambauer et al., 2017. */
import { type Initializer, normalWith, uniformWithin } from './initializer.ts';

export const lecunUniform: Initializer<'lecun-uniform'> = ({ fanIn }, shape, stream) => uniformWithin(shape, Math.sqrt(3 / fanIn), stream);
export const lecunNormal: Initializer<'lecun-normal'> = ({ fanIn }, shape, stream) => normalWith(shape, Math.sqrt(1 / fanIn), stream);
