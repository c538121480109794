/**
 * The blocks that ship with the product, made of ordinary nodes. Each is a document with one instance in a small network
 * that trains; its name and description, in both languages, are the block's. Reading a file is the platform's business.
 */
import type { BlockDef, GraphDoc } from './document.ts';

export interface ReadyBlock {
  /** Also the id of the definition. */
  readonly id: string;
  /** The paper that it is from. */
  readonly source: string;
  /** What else it is looked for as, in both languages. */
  readonly synonyms: readonly string[];
  /** Relative to the product's `assets` folder. */
  readonly file: string;
}

/** In the palette's order. */
export const READY_BLOCKS: readonly ReadyBlock[] = [
  ready('vgg-stage', 'Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, 2014', 'convolution', 'downsample', '卷积', '下采样'),
  ready('residual', 'He et al., Deep residual learning for image recognition, 2015', 'resnet', 'skip connection', 'shortcut', '残差', '跳跃连接'),
  ready('residual-projection', 'He et al., Deep residual learning for image recognition, 2015', 'resnet', 'skip connection', 'downsample', '残差', '投影', '下采样'),
  ready('squeeze-excitation', 'Hu et al., Squeeze-and-excitation networks, 2017', 'se', 'senet', 'channel attention', '通道注意力'),
  ready('inception', 'Szegedy et al., Going deeper with convolutions, 2014', 'googlenet', 'multi-branch', '多分支'),
  ready('dense-block', 'Huang et al., Densely connected convolutional networks, 2016', 'densenet', 'concatenation', '密集连接'),
  ready('depthwise-separable', 'Howard et al., MobileNets, 2017', 'mobilenet', 'xception', 'pointwise', '逐通道卷积', '逐点卷积'),
  ready('transformer-encoder', 'Xiong et al., On layer normalization in the Transformer architecture, 2020', 'transformer', 'pre-ln', 'gpt', 'bert', 'vit', '自注意力', '前置归一化'),
  ready('transformer-encoder-post', 'Vaswani et al., Attention is all you need, 2017', 'transformer', 'post-ln', 'bert', '自注意力', '后置归一化'),
  ready('transformer-decoder', 'Xiong et al., On layer normalization in the Transformer architecture, 2020', 'transformer', 'pre-ln', 'cross-attention', 'seq2seq', '交叉注意力', '前置归一化'),
  ready('transformer-decoder-post', 'Vaswani et al., Attention is all you need, 2017', 'transformer', 'post-ln', 'cross-attention', 'seq2seq', '交叉注意力', '后置归一化'),
];

function ready(id: string, source: string, ...synonyms: readonly string[]): ReadyBlock {
  return { id, source, synonyms, file: `blocks/${id}.netloom` };
}

/** The definition that a ready block's document holds. */
export const definitionOf = ({ id }: ReadyBlock, doc: Pick<GraphDoc, 'blocks'>): BlockDef | undefined => doc.blocks?.[id];
