/** Every kind of initial weights, and the one function that draws them. */
import type { InitSpec } from '../../nodes/node-type.ts';
import type { Shape } from '../../tensor/ir.ts';
import { glorotNormal, glorotUniform } from './glorot.ts';
import { heNormal, heUniform } from './he.ts';
import { type InitKind, type Initializer, weightStream } from './initializer.ts';
import { lecunNormal, lecunUniform } from './lecun.ts';
import { normal } from './normal.ts';
import { ones } from './ones.ts';
import { orthogonal } from './orthogonal.ts';
import { truncatedNormal } from './truncated-normal.ts';
import { uniform } from './uniform.ts';
import { zeros } from './zeros.ts';

const initializers = {
  'zeros': zeros, 'ones': ones, 'uniform': uniform, 'normal': normal, 'truncated-normal': truncatedNormal,
  'glorot-uniform': glorotUniform, 'glorot-normal': glorotNormal, 'he-uniform': heUniform, 'he-normal': heNormal,
  'lecun-uniform': lecunUniform, 'lecun-normal': lecunNormal, 'orthogonal': orthogonal,
} satisfies { readonly [K in InitKind]: unknown };

/** The initial numbers of the weight `key`, row-major in its declared shape. They depend on (seed, key, spec, shape) alone. */
export function drawWeight(spec: InitSpec, shape: Shape, seed: number, key: string): Float32Array {
  // The table pairs each kind with an initializer of that kind; TypeScript cannot see the pairing through the union.
  const initializer = initializers[spec.kind] as Initializer<InitKind>;
  return new Float32Array(initializer(spec, shape, weightStream(seed, key)));
}
