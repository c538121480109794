/**
 * Fashion-MNIST by Xiao, Rasul and Vollgraf. Zalando publishes MD5 sums only; sizes and SHA-256 digests are
 * those that TensorFlow Datasets publishes for the same files (url_checksums/fashion_mnist.txt).
 */
import { fashionMnistNode } from '../../nodes/data/fashion-mnist.ts';
import type { PublishedSet } from '../download.ts';
import { idxImages } from './idx-images.ts';

export const FASHION_MNIST_FILES: PublishedSet = {
  folder: 'fashion-mnist',
  title: 'Fashion-MNIST',
  files: [
    { name: 'train-images-idx3-ubyte.gz', bytes: 26_421_880, sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84' },
    { name: 'train-labels-idx1-ubyte.gz', bytes: 29_515, sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845' },
    { name: 't10k-images-idx3-ubyte.gz', bytes: 4_422_102, sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073' },
    { name: 't10k-labels-idx1-ubyte.gz', bytes: 5148, sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5' },
  ],
  // The first is encrypted and open to browsers; the second is the one that the set's own page names.
  mirrors: ['https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/', 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'],
};

const CLASS_NAMES = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'];

export const fashionMnist = idxImages(fashionMnistNode, FASHION_MNIST_FILES, CLASS_NAMES, { mean: 0.286, deviation: 0.353 });
