/** Variance 2 / fan-in: He, Zhang, Ren & Sun, “Delving Deep into Rectifiers”, 2015. For ReLU. */
import { type Initializer, normalWith, uniformWithin } from './initializer.ts';

export const heUniform: Initializer<'he-uniform'> = ({ fanIn }, shape, stream) => uniformWithin(shape, Math.sqrt(6 / fanIn), stream);
export const heNormal: Initializer<'he-normal'> = ({ fanIn }, shape, stream) => normalWith(shape, Math.sqrt(2 / fanIn), stream);
