/** Layers with weights, and those that act on windows of an image. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { AvgPool2D } from './avg-pool2d.ts';
import { ConvTranspose2D } from './conv-transpose2d.ts';
import { Conv1D } from './conv1d.ts';
import { Conv2D } from './conv2d.ts';
import { Dense } from './dense.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { GlobalAvgPool } from './global-avg-pool.ts';
import { Input } from './input.ts';
import { MaxPool2D } from './max-pool2d.ts';
import { Noise } from './noise.ts';
import { Reparameterise } from './reparameterise.ts';
import { Upsample } from './upsample.ts';

export const layerNodes: readonly AnyNodeType[] = [
  Input, Noise, Dense, Conv2D, Conv1D, ConvTranspose2D, MaxPool2D, AvgPool2D, GlobalAvgPool, Upsample, Dropout, Embedding, Reparameterise,
];
