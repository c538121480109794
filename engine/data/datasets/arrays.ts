/** Arrays: the file that the node names. `--data` does not come by here: it takes the place of any node's samples. */
import { arraysNode } from '../../nodes/data/arrays.ts';
import { loadArrays } from '../arrays.ts';
import { DataError } from '../data-error.ts';
import type { Preprocessing } from '../dataset.ts';
import { fitArrays } from '../fit-arrays.ts';
import { datasetFromNode, portTypes } from './from-node.ts';

/** Whether an array is of bytes shows in the file alone; that bytes stay as they are can be said before. */
const AS_THEY_ARE: Readonly<Record<string, Preprocessing>> = { x: { scale: 1, shift: 0 } };

export const arrays = datasetFromNode(arraysNode, {
  readsFile: () => true,
  preprocessing: (params) => (params.scaling === 'none' ? AS_THEY_ARE : {}),
  async load(params, context) {
    if (params.path === '') throw new DataError('data-unavailable', { en: 'An Arrays node names no file: set its "path" to a .npz, .npy or .safetensors file, or feed the graph with --data FILE.', zh: 'Arrays（数组）节点没有指定文件：请把它的“path”设为 .npz、.npy 或 .safetensors 文件。' });
    const loaded = fitArrays(await loadArrays(params.path, context.platform.files), portTypes(arraysNode, params), params.scaling);
    return params.targets === 'classes' ? { ...loaded, classNames: Array.from({ length: params.classes }, (_, i) => `${i}`) } : loaded;
  },
});
