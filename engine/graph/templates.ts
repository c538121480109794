/** The documents that ship with the product. This only describes them; reading a file is the platform's business. */
import type { Text } from '../text.ts';
import { ATTENTION } from './templates/attention.ts';
import { CONVOLUTIONAL } from './templates/convolutional.ts';
import { DIGITS } from './templates/digits.ts';
import { FIRST_STEPS } from './templates/first-steps.ts';
import { GENERATIVE } from './templates/generative.ts';
import { MULTIMODAL } from './templates/multimodal.ts';
import { RECURRENT } from './templates/recurrent.ts';
import { REINFORCEMENT } from './templates/reinforcement.ts';
import type { Template } from './templates/template.ts';

export type { Template } from './templates/template.ts';

export interface TemplateFamily {
  readonly id: string;
  readonly title: Text;
  readonly templates: readonly Template[];
}

/** From what a beginner runs first to what takes an evening; a file each, so that a family is written and read by itself. */
const ALL_FAMILIES: readonly TemplateFamily[] = [
  { id: 'first-steps', title: { en: 'First steps', zh: '入门' }, templates: FIRST_STEPS },
  { id: 'digits', title: { en: 'Handwritten digits', zh: '手写数字' }, templates: DIGITS },
  { id: 'convolutional', title: { en: 'Convolutional families', zh: '经典卷积网络' }, templates: CONVOLUTIONAL },
  { id: 'recurrent', title: { en: 'Sequences and recurrence', zh: '序列与循环网络' }, templates: RECURRENT },
  { id: 'attention', title: { en: 'Attention and language', zh: '注意力与语言' }, templates: ATTENTION },
  { id: 'generative', title: { en: 'Autoencoders and generation', zh: '自编码与生成' }, templates: GENERATIVE },
  { id: 'multimodal', title: { en: 'Images and text', zh: '图像与文字' }, templates: MULTIMODAL },
  { id: 'reinforcement', title: { en: 'Reinforcement learning', zh: '强化学习' }, templates: REINFORCEMENT },
];
export const TEMPLATE_FAMILIES: readonly TemplateFamily[] = ALL_FAMILIES.filter(({ templates }) => templates.length > 0);

export const TEMPLATES: readonly Template[] = TEMPLATE_FAMILIES.flatMap(({ templates }) => templates);

export function findTemplate(id: string): Template | undefined {
  return TEMPLATES.find((template) => template.id === id);
}
