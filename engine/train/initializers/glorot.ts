/** Variance 2 / (fan-in + fan-out): Glorot & Bengio, “Understanding the Difficulty of Training Deep Feedforward Neural Networks”, 2010. For tanh and sigmoid. */
import { type Initializer, normalWith, uniformWithin } from './initializer.ts';

export const glorotUniform: Initializer<'glorot-uniform'> = ({ fanIn, fanOut }, shape, stream) => uniformWithin(shape, Math.sqrt(6 / (fanIn + fanOut)), stream);
export const glorotNormal: Initializer<'glorot-normal'> = ({ fanIn, fanOut }, shape, stream) => normalWith(shape, Math.sqrt(2 / (fanIn + fanOut)), stream);
