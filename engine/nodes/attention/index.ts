/** Layers of transformers: in them places of a sequence look at each other. In the palette's order. */
import type { AnyNodeType } from '../node-type.ts';
import { MultiHeadAttention } from './multi-head-attention.ts';
import { PatchEmbedding } from './patch-embedding.ts';
import { PositionalEncoding } from './positional-encoding.ts';
import { ScaledDotProductAttention } from './scaled-dot-product-attention.ts';

export const attentionNodes: readonly AnyNodeType[] = [MultiHeadAttention, ScaledDotProductAttention, PositionalEncoding, PatchEmbedding];
