/**
 * A random matrix with orthonormal rows (or columns, whichever are fewer): Saxe, McClelland & Ganguli,
 * “Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural Networks”, 2014.
 * The Q of a Gaussian matrix whose R has a positive diagonal, which is uniform over all such
 * matrices (Mezzadri, “How to Generate Random Matrices from the Classical Compact Groups”, 2007).
 */
import type { Initializer } from './initializer.ts';

export const orthogonal: Initializer<'orthogonal'> = ({ gain }, shape, stream) => {
  const rows = shape[0] ?? 1;
  const columns = shape.slice(1).reduce((product, n) => product * n, 1);
  // Vectors to be made orthonormal: as many as the smaller side, as long as the larger.
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, (_, v) => Float64Array.from({ length }, (_unused, i) => stream.normal(v * length + i)));
  vectors.forEach((vector, v) => {
    // Gram–Schmidt, twice: the second round takes off what rounding left in the first.
    for (let round = 0; round < 2; round++) {
      for (const earlier of vectors.slice(0, v)) {
        let along = 0;
        for (let i = 0; i < length; i++) along += (earlier[i] ?? 0) * (vector[i] ?? 0);
        for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) - along * (earlier[i] ?? 0);
      }
      const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
      for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) / norm;
    }
  });
  const out = new Float64Array(rows * columns);
  vectors.forEach((vector, v) => vector.forEach((x, i) => {
    out[rows <= columns ? v * columns + i : i * columns + v] = gain * x;
  }));
  return out;
};
