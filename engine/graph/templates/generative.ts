/** Templates: autoencoders and networks that draw. */
import { type Template, defineTemplate } from './template.ts';

export const GENERATIVE: readonly Template[] = [
  defineTemplate({
    id: 'mnist-autoencoder', dataset: 'mnist', title: { en: 'MNIST autoencoder', zh: 'MNIST：自编码器' },
    reference: { en: 'Hinton and Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks, 2006; the figure: this network in PyTorch 1.13, same settings', zh: 'Hinton 与 Salakhutdinov，Reducing the Dimensionality of Data with Neural Networks，2006；数值：同一网络在 PyTorch 1.13 中、相同设置' },
    figure: { measure: 'rmse', split: 'test', reached: 0.119, bound: { atMost: 0.125 }, mark: 0.1188 }, seconds: 20,
  }),
  defineTemplate({
    id: 'mnist-denoising-autoencoder', dataset: 'mnist', title: { en: 'MNIST denoising autoencoder', zh: 'MNIST：去噪自编码器' },
    reference: { en: 'Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders, 2008; the figure: this network in PyTorch 1.13, same settings', zh: 'Vincent 等，Extracting and Composing Robust Features with Denoising Autoencoders，2008；数值：同一网络在 PyTorch 1.13 中、相同设置' },
    figure: { measure: 'rmse', split: 'test', reached: 0.128, bound: { atMost: 0.135 }, mark: 0.1276 }, seconds: 50,
  }),
  defineTemplate({
    id: 'mnist-vae', dataset: 'mnist', title: { en: 'MNIST variational autoencoder', zh: 'MNIST：变分自编码器' },
    reference: { en: 'Kingma and Welling, Auto-Encoding Variational Bayes, 2014; the figure: this network in PyTorch 1.13, same settings', zh: 'Kingma 与 Welling，Auto-Encoding Variational Bayes，2014；数值：同一网络在 PyTorch 1.13 中、相同设置' },
    figure: { measure: 'loss', split: 'test', reached: 142.91, bound: { atMost: 146 }, mark: 142 }, seconds: 100,
  }),
  defineTemplate({
    id: 'mnist-gan', dataset: 'mnist', title: { en: 'MNIST digits from a GAN', zh: '用 GAN 生成 MNIST 数字' },
    reference: { en: 'Goodfellow et al., Generative Adversarial Nets, 2014; 85 % is our own demand, all ten classes present', zh: 'Goodfellow 等，Generative Adversarial Nets，2014；85 % 是我们自己的要求，且十个类别都要出现' },
    figure: { measure: 'recognised', split: 'test', reached: 0.9158, bound: { atLeast: 0.85 }, mark: 0.85 }, seconds: 400,
  }),
  defineTemplate({
    id: 'mnist-dcgan', dataset: 'mnist', title: { en: 'MNIST digits from a DCGAN', zh: '用 DCGAN 生成 MNIST 数字' },
    reference: { en: 'Radford, Metz and Chintala, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks, 2015; 85 % is our own demand, all ten classes present', zh: 'Radford、Metz 与 Chintala，Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks，2015；85 % 是我们自己的要求，且十个类别都要出现' },
    figure: { measure: 'recognised', split: 'test', reached: 0.8936, bound: { atLeast: 0.85 }, mark: 0.85 }, seconds: 320,
  }),
];
