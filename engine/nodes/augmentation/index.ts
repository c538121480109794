/** What disturbs samples at random while training. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { Cutout } from './cutout.ts';
import { ElasticDistortion } from './elastic-distortion.ts';
import { GaussianNoise } from './gaussian-noise.ts';
import { RandomAffine } from './random-affine.ts';
import { RandomCrop } from './random-crop.ts';
import { RandomErasing } from './random-erasing.ts';
import { RandomFlip } from './random-flip.ts';
import { RandomRotation } from './random-rotation.ts';

export const augmentationNodes: readonly AnyNodeType[] = [RandomFlip, RandomCrop, RandomRotation, RandomAffine, ElasticDistortion, Cutout, RandomErasing, GaussianNoise];
