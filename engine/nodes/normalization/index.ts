/** Layers that centre and scale. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { BatchNorm } from './batch-norm.ts';
import { GroupNorm } from './group-norm.ts';
import { InstanceNorm } from './instance-norm.ts';
import { LayerNorm } from './layer-norm.ts';
import { RMSNorm } from './rms-norm.ts';

export const normalizationNodes: readonly AnyNodeType[] = [BatchNorm, LayerNorm, GroupNorm, InstanceNorm, RMSNorm];
