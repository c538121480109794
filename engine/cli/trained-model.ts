/** A trained model with the data that it is to be held against: what eval, predict and export have in common. */
import { checkGraph } from '../graph/check.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { SavedModel } from '../train/run-contract.ts';
import { InputError } from './errors.ts';
import { type GivenData, openGivenData } from './given-data.ts';
import { problemLine } from './graphs.ts';
import { openSavedRun } from './run-folder.ts';

export interface TrainedModel {
  readonly model: SavedModel;
  readonly graph: CheckedGraph;
  /** What `--data` gave, here or when the run was begun. */
  readonly given: GivenData | undefined;
}

export async function openTrainedModel(path: string, data: string | undefined): Promise<TrainedModel> {
  const { model, notes } = await openSavedRun(path);
  const file = data ?? notes.data;
  const given = file === undefined ? undefined : await openGivenData(model.document, file);
  const { problems, graph } = checkGraph(model.document, given === undefined ? {} : { data: given.types });
  if (graph === undefined) throw new InputError(`The graph in ${path} cannot be used${file === undefined ? '' : ` with ${file}`}.`, problems.filter((problem) => problem.severity === 'error').map(problemLine));
  return { model, graph, given };
}
