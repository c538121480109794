/** The categories of nodes as the window shows them: their order, names and icons. Colours are `--cat-<category>` of the theme. */
import { Activity, Blocks, Brackets, Combine, Database, Dices, Flag, Gauge, Layers, type LucideIcon, Rocket, Ruler, Spline, Target } from 'lucide-react';
import type { Category, Text } from '../../engine/nodes/node-type.ts';

/** Instances of blocks stand among the node types as a category of their own. */
export type ShownCategory = Category | 'block';

export interface CategoryLook {
  readonly title: Text;
  readonly icon: LucideIcon;
}

/** In the palette's order, which is that of a graph read from left to right. */
export const CATEGORIES = {
  data: { title: { en: 'Data', zh: '数据' }, icon: Database },
  augmentation: { title: { en: 'Augmentation', zh: '数据增强' }, icon: Dices },
  layer: { title: { en: 'Layers', zh: '层' }, icon: Layers },
  activation: { title: { en: 'Activations', zh: '激活函数' }, icon: Activity },
  shape: { title: { en: 'Shape', zh: '形状' }, icon: Brackets },
  normalization: { title: { en: 'Normalization', zh: '归一化' }, icon: Ruler },
  merge: { title: { en: 'Merge', zh: '合并' }, icon: Combine },
  output: { title: { en: 'Output', zh: '输出' }, icon: Flag },
  loss: { title: { en: 'Losses', zh: '损失' }, icon: Target },
  optimizer: { title: { en: 'Optimizers', zh: '优化器' }, icon: Rocket },
  schedule: { title: { en: 'Learning-rate schedules', zh: '学习率调度' }, icon: Spline },
  metric: { title: { en: 'Metrics', zh: '指标' }, icon: Gauge },
  block: { title: { en: 'Blocks', zh: '模块' }, icon: Blocks },
} as const satisfies Record<ShownCategory, CategoryLook>;

export const categoryLook = (category: ShownCategory): CategoryLook => CATEGORIES[category];
