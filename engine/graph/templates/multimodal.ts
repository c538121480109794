/** Templates: images and text in one space. */
import { type Template, defineTemplate } from './template.ts';

export const MULTIMODAL: readonly Template[] = [
  defineTemplate({
    id: 'shapes-clip', dataset: 'coloured-shapes', title: { en: 'Pictures and their descriptions (CLIP)', zh: '图像与描述的匹配（CLIP）' },
    reference: { en: 'Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021, in small; the mark: 95 of 100 pictures find their sentence among 64', zh: 'Radford 等，Learning Transferable Visual Models From Natural Language Supervision，2021（小型版）；标志：100 张图像中有 95 张能在 64 个句子中找到自己的描述' },
    figure: { measure: 'match-accuracy', split: 'test', reached: 0.974, bound: { atLeast: 0.95 }, mark: 0.95 }, seconds: 40,
  }),
];
