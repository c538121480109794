/** Templates: the families of convolutional networks, in small, for images of 28 × 28. */
import { type Template, defineTemplate } from './template.ts';

export const CONVOLUTIONAL: readonly Template[] = [
  defineTemplate({
    id: 'alexnet', dataset: 'mnist', title: { en: 'AlexNet in small', zh: '小型 AlexNet' },
    reference: { en: 'Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012', zh: 'Krizhevsky、Sutskever、Hinton，ImageNet classification with deep convolutional neural networks，2012' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9928, bound: { atLeast: 0.99 } }, seconds: 130,
  }),
  defineTemplate({
    id: 'vgg', dataset: 'mnist', title: { en: 'VGG in small', zh: '小型 VGG' },
    reference: { en: 'Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, 2014', zh: 'Simonyan、Zisserman，Very deep convolutional networks for large-scale image recognition，2014' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9954, bound: { atLeast: 0.99 } }, seconds: 90,
  }),
  defineTemplate({
    id: 'inception', dataset: 'mnist', title: { en: 'GoogLeNet in small', zh: '小型 GoogLeNet' },
    reference: { en: 'Szegedy et al., Going deeper with convolutions, 2014', zh: 'Szegedy 等，Going deeper with convolutions，2014' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9912, bound: { atLeast: 0.99 } }, seconds: 70,
  }),
  defineTemplate({
    id: 'resnet', dataset: 'mnist', title: { en: 'ResNet in small', zh: '小型 ResNet' },
    reference: { en: 'He et al., Deep residual learning for image recognition, 2015', zh: 'He 等，Deep residual learning for image recognition，2015' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9945, bound: { atLeast: 0.99 } }, seconds: 80,
  }),
  defineTemplate({
    id: 'densenet', dataset: 'mnist', title: { en: 'DenseNet in small', zh: '小型 DenseNet' },
    reference: { en: 'Huang et al., Densely connected convolutional networks, 2016', zh: 'Huang 等，Densely connected convolutional networks，2016' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9924, bound: { atLeast: 0.99 } }, seconds: 60,
  }),
  defineTemplate({
    id: 'se-resnet', dataset: 'mnist', title: { en: 'SE-ResNet in small', zh: '小型 SE-ResNet' },
    reference: { en: 'Hu et al., Squeeze-and-excitation networks, 2017', zh: 'Hu 等，Squeeze-and-excitation networks，2017' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9937, bound: { atLeast: 0.99 } }, seconds: 45,
  }),
  defineTemplate({
    id: 'mobilenet', dataset: 'mnist', title: { en: 'MobileNet in small', zh: '小型 MobileNet' },
    reference: { en: 'Howard et al., MobileNets: efficient convolutional neural networks for mobile vision applications, 2017', zh: 'Howard 等，MobileNets: efficient convolutional neural networks for mobile vision applications，2017' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.992, bound: { atLeast: 0.99 } }, seconds: 50,
  }),
];
