/** Trains a template as its document says, and keeps nothing: the shelf's figures, and those that another template's model judges. */
import type { Backend } from '../../backends/backend.ts';
import { checkGraph } from '../../graph/check.ts';
import type { CheckedGraph } from '../../graph/checked-graph.ts';
import type { Template } from '../../graph/templates.ts';
import type { NamedTensors } from '../../interop/named-tensors.ts';
import { nodePlatform } from '../../platform/node.ts';
import { createRun } from '../../train/run.ts';
import type { GraphData, RunResult } from '../../train/run-contract.ts';
import { FailedError } from '../errors.ts';
import { readTemplate } from '../graphs.ts';
import { type DataOptions, dataContext, loadGraphData, refreshOf } from '../load-data.ts';

export interface Trained {
  readonly graph: CheckedGraph;
  readonly data: GraphData;
  readonly backend: Backend;
  /** Where its data were looked for first, and those of whoever judges it. */
  readonly datasets: DataOptions['datasets'];
  readonly result: RunResult;
  readonly weights: NamedTensors;
  /** Of training alone: data were there, and the figure comes after. */
  readonly seconds: number;
}

export interface TrainTemplateOptions {
  /** Stays the caller's to dispose of. */
  readonly backend: Backend;
  readonly datasets?: DataOptions['datasets'];
  readonly onEpoch?: (epoch: number, epochs: number) => void;
}

/** Throws DataError where its data cannot be had, FailedError when the run fails. */
export async function trainTemplate(template: Template, { backend, datasets, onEpoch }: TrainTemplateOptions): Promise<Trained> {
  const doc = readTemplate(template);
  const { graph, problems } = checkGraph(doc, { forTraining: true });
  if (graph === undefined) throw new FailedError(`The template '${template.id}' cannot be trained: ${problems[0]?.message ?? ''}.`);
  const context = dataContext({ seed: doc.training.seed, datasets });
  const data = await loadGraphData(graph, undefined, context);
  const refresh = refreshOf(graph, undefined, context);
  const run = await createRun({
    graph, data, backend, settings: doc.training, files: nodePlatform.files,
    ...(refresh === undefined ? {} : { refresh }),
    onEvent: (event) => event.kind === 'epoch' && onEpoch?.(event.epoch, doc.training.epochs),
  });
  try {
    const start = performance.now();
    const result = await run.run();
    const seconds = (performance.now() - start) / 1000;
    if (result.outcome === 'failed') throw new FailedError(`'${template.id}' failed after ${result.steps} steps: ${result.error?.message ?? 'no reason was given'}`);
    return { graph, data, backend, datasets, result, seconds, weights: await run.weights() };
  } finally {
    await run.dispose();
  }
}
