/** MNIST by LeCun, Cortes and Burges. The digests are those of the files as they have been published since 1998. */
import { mnistNode } from '../../nodes/data/mnist.ts';
import type { PublishedSet } from '../download.ts';
import { idxImages } from './idx-images.ts';

export const MNIST_FILES: PublishedSet = {
  folder: 'mnist',
  title: 'MNIST',
  files: [
    { name: 'train-images-idx3-ubyte.gz', bytes: 9_912_422, sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609' },
    { name: 'train-labels-idx1-ubyte.gz', bytes: 28_881, sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c' },
    { name: 't10k-images-idx3-ubyte.gz', bytes: 1_648_877, sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6' },
    { name: 't10k-labels-idx1-ubyte.gz', bytes: 4542, sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6' },
  ],
  // The first two let web pages of other sites read their files; the others are for the terminal and the desktop.
  mirrors: ['https://raw.githubusercontent.com/fgnt/mnist/master/', 'https://cdn.jsdelivr.net/gh/fgnt/mnist@master/', 'https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
};

export const mnist = idxImages(mnistNode, MNIST_FILES, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], { mean: 0.1307, deviation: 0.3081 });
