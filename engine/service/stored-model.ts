/** A model from a run's files: its weights on a CPU backend of its own, which is given back when others are wanted more. */
import { selectBackend } from '../backends/select.ts';
import { checkGraph } from '../graph/check.ts';
import type { Platform } from '../platform/platform.ts';
import type { RunId } from '../protocol.ts';
import { DeviceModel } from '../train/device-model.ts';
import { trainModel } from '../train/model.ts';
import { loadModel } from '../train/saved-model.ts';
import { completeTensors } from '../train/weights.ts';
import type { DataStore } from './data-store.ts';
import { graphFailure } from './failure.ts';
import { OpenModel } from './open-model.ts';

export interface StoredModel {
  readonly model: OpenModel;
  dispose(): Promise<void>;
}

/** Throws FormatError where the files are damaged or belong to another graph. */
export async function openStoredModel(platform: Platform, folder: string, run: RunId, data: DataStore): Promise<StoredModel> {
  const saved = await loadModel(platform.files, folder);
  const { graph, problems } = checkGraph(saved.document);
  if (graph === undefined) throw graphFailure(problems);
  const model = trainModel(graph);
  const weights = completeTensors(model.layout, saved.weights);
  const { backend } = await selectBackend(platform, { backend: 'wasm' });
  const device = new DeviceModel(model, backend, {});
  try {
    await device.writeWeights(weights);
  } catch (error) {
    await backend.dispose();
    throw error;
  }
  const open = new OpenModel({
    run, graph,
    device: () => device,
    step: () => saved.step,
    isTraining: () => false,
    classNames: () => saved.classNames,
    tokens: () => saved.tokens,
    data: (asker) => data.load(graph.sources, graph.doc.training.seed, asker),
  });
  return {
    model: open,
    dispose: async () => {
      await open.dispose();
      await device.dispose();
      await backend.dispose();
    },
  };
}
