/** Normal, drawn anew wherever it falls more than two standard deviations from the mean (the convention of TensorFlow's and Keras's TruncatedNormal). */
import { fill, type Initializer } from './initializer.ts';

const LIMIT = 2;

export const truncatedNormal: Initializer<'normal' | 'truncated-normal'> = ({ mean, std }, shape, stream) =>
  fill(shape, (i) => {
    // Each attempt is a stream of its own, so that one element's redraws move no other.
    for (let attempt = 0; ; attempt++) {
      const z = stream.normal(i, attempt);
      if (Math.abs(z) <= LIMIT) return mean + std * z;
    }
  });
