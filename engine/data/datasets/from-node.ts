/**
 * Makes a dataset of a data node type and a loader. The node's file says which parameters and port
 * types there are; the dataset takes both from it, so that they are written once.
 */
import type { ParamValue } from '../../graph/document.ts';
import type { NodeType, TensorType } from '../../nodes/node-type.ts';
import { validateParams } from '../../nodes/params.ts';
import type { DataContext, Dataset, LoadedData, Preprocessing, Samples } from '../dataset.ts';

interface Loader<P> {
  load(params: P, context: DataContext): Promise<LoadedData>;
  preprocessing?(params: P): Readonly<Record<string, Preprocessing>>;
  readsFile?(params: P): boolean;
  refresh?(params: P, context: DataContext, epoch: number): Promise<Samples>;
}

/** Port types of a data node for parameters that have been checked. */
export function portTypes<P extends object>(node: NodeType<P>, params: P): Readonly<Record<string, TensorType>> {
  const types = node.infer(params, []);
  return Object.fromEntries(node.outputs.flatMap((port, i) => {
    const type = types[i];
    return type === undefined ? [] : [[port.name, type]];
  }));
}

export function datasetFromNode<P extends object>(node: NodeType<P>, loader: Loader<P>): Dataset {
  const id = node.data?.dataset;
  if (id === undefined) throw new Error(`${node.type} is no data node`);
  const checked = (params: Readonly<Record<string, ParamValue>>): P => {
    const { values, problems } = validateParams(node, params);
    if (problems.length > 0) throw new RangeError(`${node.type}: ${problems.map((problem) => problem.message).join('; ')}`);
    // The specs that were just checked are typed by P: see ParamSpecs.
    return values as P;
  };
  const { preprocessing, readsFile, refresh } = loader;
  return {
    id,
    describe: (params) => portTypes(node, checked(params)),
    load: async (params, context) => loader.load(checked(params), context),
    ...(preprocessing === undefined ? {} : { preprocessing: (params: Readonly<Record<string, ParamValue>>) => preprocessing(checked(params)) }),
    ...(readsFile === undefined ? {} : { readsFile: (params: Readonly<Record<string, ParamValue>>) => readsFile(checked(params)) }),
    ...(refresh === undefined ? {} : { refresh: async (params: Readonly<Record<string, ParamValue>>, context: DataContext, epoch: number) => refresh(checked(params), context, epoch) }),
  };
}

/** Keys of the random streams, so that training, test and validation draw from different ones. */
export const TRAIN_STREAM = 1;
export const TEST_STREAM = 2;
