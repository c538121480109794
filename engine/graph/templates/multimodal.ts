/** Templates: images and text in one space. */
import type { Template } from './template.ts';

export const MULTIMODAL: readonly Template[] = [];
