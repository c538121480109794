/**
 * Every node type there is, by the name that documents use. A new type is one file and one line in
 * its category's index; the palette, the checks, the docs, the exports and the tests find it here.
 */
import { activationNodes } from './activation/index.ts';
import { augmentationNodes } from './augmentation/index.ts';
import { attentionNodes } from './attention/index.ts';
import { dataNodes } from './data/index.ts';
import { layerNodes } from './layer/index.ts';
import { lossNodes } from './loss/index.ts';
import { mergeNodes } from './merge/index.ts';
import { metricNodes } from './metric/index.ts';
import type { AnyNodeType, Category } from './node-type.ts';
import { normalizationNodes } from './normalization/index.ts';
import { optimizerNodes } from './optimizer/index.ts';
import { outputNodes } from './output/index.ts';
import { scheduleNodes } from './schedule/index.ts';
import { shapeNodes } from './shape/index.ts';

/** In the palette's order, which is that of a graph read from left to right. */
const byCategory: Readonly<Record<Category, readonly AnyNodeType[]>> = {
  data: dataNodes,
  augmentation: augmentationNodes,
  layer: [...layerNodes, ...attentionNodes],
  activation: activationNodes,
  shape: shapeNodes,
  normalization: normalizationNodes,
  merge: mergeNodes,
  output: outputNodes,
  loss: lossNodes,
  optimizer: optimizerNodes,
  schedule: scheduleNodes,
  metric: metricNodes,
};

const all: readonly AnyNodeType[] = Object.values(byCategory).flat();
const byName = new Map(all.map((type) => [type.type, type]));
if (byName.size !== all.length) {
  const twice = all.find((type) => byName.get(type.type) !== type);
  throw new Error(`two node types are called '${twice?.type}'; a document could not tell them apart`);
}

export const nodeType = (type: string): AnyNodeType | undefined => byName.get(type);
export const allNodeTypes = (): readonly AnyNodeType[] => all;
export const nodeTypesOf = (category: Category): readonly AnyNodeType[] => byCategory[category];
