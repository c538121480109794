/** What each request does: thin functions over the runs, models and data that this engine keeps. */
import { NO_ADAPTER } from '../backends/select.ts';
import { adapterName, isSoftware } from '../backends/webgpu/adapter.ts';
import { eventLoopTurn } from '../data/breathe.ts';
import { checkGraph } from '../graph/check.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { GraphDoc, NodeId } from '../graph/document.ts';
import type { Platform } from '../platform/platform.ts';
import type { EngineInfo, FromEngine } from '../protocol.ts';
import { textOf } from '../text.ts';
import { stepCosts } from '../train/costs.ts';
import { DataStore } from './data-store.ts';
import { codeReply, exportRun } from './export-run.ts';
import { cancelled, graphFailure } from './failure.ts';
import { Runs } from './runs.ts';
import { samplesReply } from './samples.ts';
import type { EngineServiceOptions, Methods } from './service.ts';

export function createMethods(platform: Platform, options: EngineServiceOptions, post: (message: FromEngine) => void): { readonly methods: Methods; shutDown(): Promise<void> } {
  const data = new DataStore(platform, options.datasets);
  const runs = new Runs(platform, options, data, post);
  let gpu: Promise<EngineInfo['gpu']> | undefined;
  const methods: Methods = {
    info: async () => ({ version: options.version, processors: platform.processors, canShareMemory: platform.canShareMemory, gpu: await (gpu ??= gpuInfo(platform)) }),
    train: (params, asker) => runs.train(params, checked(params.doc, true), asker),
    command: async ({ run, command }) => {
      runs.command(run, command);
      return null;
    },
    close: async ({ run }) => {
      await runs.close(run);
      return null;
    },
    forget: async ({ run }) => {
      await runs.forget(run);
      return null;
    },
    runs: () => runs.list(),
    history: ({ run }) => runs.history(run),
    samples: (params, asker) => samplesReply(params, checked(aloneIn(params.doc, params.node), false), data, asker),
    predict: async ({ run, inputs }) => (await runs.model(run)).predict(inputs),
    write: async (params, asker) => (await runs.model(params.run)).write(params, asker),
    fill: async (params, asker) => (await runs.model(params.run)).fill(params, asker),
    evaluate: async ({ run, split }, asker) => (await runs.model(run)).evaluate(split, asker),
    inspect: async (params, asker) => (await runs.model(params.run)).inspect(params, asker),
    costs: async ({ doc }, asker) => {
      // Edits come faster than answers: those that are no longer wanted have been cancelled by then.
      await eventLoopTurn();
      if (asker.signal.aborted) throw cancelled();
      return stepCosts(checked(doc, false));
    },
    export: async ({ run, format }, asker) => exportRun(await runs.model(run), format, options.version, asker),
    code: async ({ doc }) => codeReply(checked(doc, false)),
  };
  return { methods, shutDown: () => runs.shutDown() };
}

/** A data node shows its samples whatever state the rest of the graph is in. One inside a block needs the whole. */
function aloneIn(doc: GraphDoc, id: NodeId): GraphDoc {
  const node = doc.nodes[id];
  return node === undefined ? doc : { ...doc, nodes: { [id]: node }, edges: {} };
}

/** Throws EngineFailure with the first thing that is wrong. */
export function checked(doc: GraphDoc, forTraining: boolean): CheckedGraph {
  const { graph, problems } = checkGraph(doc, { forTraining });
  if (graph === undefined) throw graphFailure(problems);
  return graph;
}

async function gpuInfo(platform: Platform): Promise<EngineInfo['gpu']> {
  try {
    const gpu = await platform.gpu();
    if ('unavailable' in gpu) return { unavailable: gpu.unavailable };
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    return adapter === null ? { unavailable: NO_ADAPTER } : { name: adapterName(adapter.info), software: isSoftware(adapter.info) };
  } catch (error) {
    return { unavailable: textOf(error) };
  }
}
