/** Templates: attention over patches, characters and words. */
import { type Template, defineTemplate } from './template.ts';

export const ATTENTION: readonly Template[] = [
  defineTemplate({
    id: 'mnist-vit', dataset: 'mnist', title: { en: 'MNIST with a vision transformer', zh: 'MNIST：视觉 Transformer' },
    reference: { en: 'Dosovitskiy et al., An Image Is Worth 16x16 Words: Transformers for Image Recognition at Scale, 2021, in small', zh: 'Dosovitskiy 等，An Image Is Worth 16x16 Words: Transformers for Image Recognition at Scale，2021（小型版）' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.988, bound: { atLeast: 0.98 }, mark: 0.98 }, seconds: 350,
  }),
  defineTemplate({
    id: 'char-gpt', dataset: 'text', title: { en: 'A small GPT that writes', zh: '会写作的小型 GPT' },
    reference: { en: 'Radford et al., Improving Language Understanding by Generative Pre-Training, 2018; Language Models are Unsupervised Multitask Learners, 2019', zh: 'Radford 等，Improving Language Understanding by Generative Pre-Training，2018；Language Models are Unsupervised Multitask Learners，2019' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.5421, bound: { atLeast: 0.53 } }, seconds: 90,
  }),
  defineTemplate({
    id: 'masked-bert', dataset: 'masked-text', title: { en: 'A small BERT that fills gaps', zh: '会填空的小型 BERT' },
    reference: { en: 'Devlin, Chang, Lee & Toutanova, BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding, 2019', zh: 'Devlin、Chang、Lee 与 Toutanova，BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding，2019' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.5838, bound: { atLeast: 0.55 } }, seconds: 70,
  }),
];
