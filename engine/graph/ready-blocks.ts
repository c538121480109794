/**
 * The blocks that ship with the product, made of ordinary nodes. Each is a document with one instance in a small network
 * that trains; its name and description, in both languages, are the block's. Reading a file is the platform's business.
 */
import type { BlockDef, GraphDoc } from './document.ts';

export interface ReadyBlock {
  /** Also the id of the definition. */
  readonly id: string;
  /** What else it is looked for as, in both languages. */
  readonly synonyms: readonly string[];
  /** Relative to the product's `assets` folder. */
  readonly file: string;
}

/** In the palette's order. */
export const READY_BLOCKS: readonly ReadyBlock[] = [
  ready('vgg-stage', 'convolution', 'downsample', '卷积', '下采样'),
  ready('residual', 'resnet', 'skip connection', 'shortcut', '残差', '跳跃连接'),
  ready('residual-projection', 'resnet', 'skip connection', 'downsample', '残差', '投影', '下采样'),
  ready('squeeze-excitation', 'se', 'senet', 'channel attention', '通道注意力'),
  ready('inception', 'googlenet', 'multi-branch', '多分支'),
  ready('dense-block', 'densenet', 'concatenation', '密集连接'),
  ready('depthwise-separable', 'mobilenet', 'xception', 'pointwise', '逐通道卷积', '逐点卷积'),
  ready('transformer-encoder', 'transformer', 'pre-ln', 'gpt', 'bert', 'vit', '自注意力', '前置归一化'),
  ready('transformer-encoder-post', 'transformer', 'post-ln', 'bert', '自注意力', '后置归一化'),
  ready('transformer-decoder', 'transformer', 'pre-ln', 'cross-attention', 'seq2seq', '交叉注意力', '前置归一化'),
  ready('transformer-decoder-post', 'transformer', 'post-ln', 'cross-attention', 'seq2seq', '交叉注意力', '后置归一化'),
];

function ready(id: string, ...synonyms: readonly string[]): ReadyBlock {
  return { id, synonyms, file: `blocks/${id}.netloom` };
}

/** The definition that a ready block's document holds. */
export const definitionOf = ({ id }: ReadyBlock, doc: Pick<GraphDoc, 'blocks'>): BlockDef | undefined => doc.blocks?.[id];
