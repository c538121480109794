/**
 * CIFAR-10 by Krizhevsky, Nair and Hinton, in its binary version: a record is a label and the red, green and
 * blue planes of an image, which is the order that the engine wants. Its page publishes an MD5 sum only; size and
 * SHA-256 digest are those that TensorFlow Datasets publishes for the same file (url_checksums/cifar10.txt).
 */
import { cifar10Node } from '../../nodes/data/cifar10.ts';
import { DataError } from '../data-error.ts';
import type { Dataset, Samples } from '../dataset.ts';
import { obtainFiles, type PublishedSet } from '../download.ts';
import { gunzip } from '../gunzip.ts';
import { readTar } from '../tar.ts';
import { datasetFromNode } from './from-node.ts';
import { pixelMap } from './idx-images.ts';

export const CIFAR10_FILES: PublishedSet = {
  folder: 'cifar10',
  title: 'CIFAR-10',
  files: [{ name: 'cifar-10-binary.tar.gz', bytes: 170_052_171, sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd' }],
  // A web page may read neither; `netloom app` and the desktop fetch for it.
  mirrors: ['https://www.cs.toronto.edu/~kriz/', 'https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/'],
};

const FOLDER = 'cifar-10-batches-bin';
const TRAIN_BATCHES = [1, 2, 3, 4, 5].map((batch) => `${FOLDER}/data_batch_${batch}.bin`);
const TEST_BATCHES = [`${FOLDER}/test_batch.bin`];
const BATCH_RECORDS = 10_000;
const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
const CLASS_NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
/** Of the training pixels by channel, on the scale 0 … 1. */
const STATISTICS = { mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] };

/** `records` are those in each of the six files of the archive. */
export function cifarImages(published: PublishedSet, records: number): Dataset {
  return datasetFromNode(cifar10Node, {
    async load({ scaling, limit }, context) {
      const [packed] = [...(await obtainFiles(published, context))];
      if (packed === undefined) throw new Error(`${published.title} lists no file`);
      context.signal?.throwIfAborted();
      const [name, bytes] = packed;
      const files = readTar(await gunzip(bytes, name, context.platform), name);
      const split = (batches: readonly string[], wanted: number): Samples => {
        const { images, labels } = readBatches(files, name, batches, records, wanted);
        return { x: { shape: [wanted, 3, SIDE, SIDE], data: images, ...pixelMap(scaling, STATISTICS) }, y: { shape: [wanted], data: labels } };
      };
      const trainCount = TRAIN_BATCHES.length * records;
      return { train: split(TRAIN_BATCHES, Math.min(limit ?? trainCount, trainCount)), test: split(TEST_BATCHES, records), classNames: CLASS_NAMES };
    },
    preprocessing: ({ scaling }) => ({ x: { ...pixelMap(scaling, STATISTICS), from: 'pixel bytes 0 … 255' } }),
  });
}

/** The first `wanted` records of the files, one after the other. */
function readBatches(files: ReadonlyMap<string, Uint8Array>, archive: string, batches: readonly string[], records: number, wanted: number): { images: Uint8Array; labels: Int32Array } {
  const images = new Uint8Array(wanted * PIXELS);
  const labels = new Int32Array(wanted);
  let at = 0;
  for (const batch of batches) {
    const bytes = files.get(batch);
    if (bytes === undefined) throw new DataError('data-format', { en: `${archive} has no file ${batch}; it has ${[...files.keys()].join(', ') || 'none'}`, zh: `${archive} 中没有文件 ${batch}；其中有 ${[...files.keys()].join('、') || '零个文件'}` });
    if (bytes.length !== records * (1 + PIXELS)) throw new DataError('data-format', { en: `${batch} in ${archive} has ${bytes.length} bytes; ${records} records of ${1 + PIXELS} bytes are ${records * (1 + PIXELS)}`, zh: `${archive} 中的 ${batch} 有 ${bytes.length} 字节，而 ${records} 条 ${1 + PIXELS} 字节的记录应为 ${records * (1 + PIXELS)} 字节` });
    for (let record = 0; record < records && at < wanted; record++, at++) {
      const start = record * (1 + PIXELS);
      const label = bytes[start] ?? 0;
      if (label >= CLASS_NAMES.length) throw new DataError('data-format', { en: `label ${record} of ${batch} in ${archive} is ${label}; labels run from 0 to ${CLASS_NAMES.length - 1}`, zh: `${archive} 中 ${batch} 的第 ${record} 个标签是 ${label}；标签应为 0 到 ${CLASS_NAMES.length - 1}` });
      labels[at] = label;
      images.set(bytes.subarray(start + 1, start + 1 + PIXELS), at * PIXELS);
    }
  }
  return { images, labels };
}

export const cifar10 = cifarImages(CIFAR10_FILES, BATCH_RECORDS);
