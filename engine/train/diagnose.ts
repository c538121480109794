/** When a loss is not a number: which node went first, and what to do about it. */
import type { Feeds } from '../backends/backend.ts';
import { breathe } from '../data/breathe.ts';
import type { NodeId } from '../graph/document.ts';
import type { DeviceModel } from './device-model.ts';
import type { RunState } from './run-state.ts';

export interface Diagnosis {
  readonly node: NodeId | undefined;
  readonly message: string;
  readonly advice: string;
}

/** What a step is fed, and the rows of its batch. */
export interface StepFeeds {
  readonly feeds: Feeds;
  readonly batch: number;
}

/** Trains on from `from`, which the device holds, to the state in front of step `step`; both lie in one epoch. */
export async function replay(device: DeviceModel, from: RunState, step: number, feedsOf: (state: RunState) => StepFeeds): Promise<RunState> {
  let state = from;
  for (; state.step < step - 1; state = { ...state, step: state.step + 1, batch: state.batch + 1 }) {
    const { feeds, batch } = feedsOf(state);
    await (await device.training(batch)).run([feeds]);
    await breathe();
  }
  return state;
}

export function searchFailed(step: number, error: unknown): Diagnosis {
  const why = error instanceof Error ? error.message : String(error);
  return { node: undefined, message: `Numbers that are not finite came up at step ${step}, and the search for their cause failed (${why})`, advice: `${LOWER_RATE}.` };
}

const firstBad = (data: ArrayLike<number>): number | undefined => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return data[i];
  return undefined;
};

const LOWER_RATE = 'Lower the learning rate (a tenth is a good try) or set the optimizer’s clip norm to 1';

/**
 * `device` holds the state in front of step `step`, `feeds` is what that step is fed; `loss` is its loss,
 * undefined when it was the weights that were found out. Looks at the
 * weights first, then at every node's outputs in the order in which they are computed.
 */
export async function diagnose(device: DeviceModel, step: number, { feeds, batch }: StepFeeds, loss: number | undefined): Promise<Diagnosis> {
  const { graph } = device.model;
  const labelOf = (node: NodeId): string => {
    const known = graph.nodes.get(node);
    return known === undefined ? `'${node}'` : `${known.definition.type} '${known.label}'`;
  };
  const wasLoss = loss === undefined ? `The weights went wrong after step ${step - 1}` : `The loss became ${loss} at step ${step}`;
  const { weights } = await device.readTensors();
  for (const entry of device.model.layout.entries) {
    const bad = firstBad(weights[entry.key]?.data ?? []);
    if (bad === undefined) continue;
    const message = `${wasLoss}: '${entry.name}' of ${labelOf(entry.node)} holds ${bad} since the update of step ${step - 1}`;
    return { node: entry.node, message, advice: `${LOWER_RATE}.` };
  }
  const inspection = await device.inspection(batch);
  try {
    const [outputs = {}] = await inspection.run([feeds]);
    for (const { id, role, definition } of graph.order) {
      for (const name of inspection.program.outputsOf.get(id) ?? []) {
        const bad = firstBad(outputs[name] ?? []);
        if (bad === undefined) continue;
        return { node: id, message: `${wasLoss}: the first ${bad} came out of ${labelOf(id)}`, advice: adviceFor(role, definition.type, bad) };
      }
    }
  } finally {
    inspection.executable.dispose();
  }
  return { node: undefined, message: `${wasLoss}, though every node's own output is finite: the sum of the losses overflows`, advice: `${LOWER_RATE}, or lower the losses' weights.` };
}

function adviceFor(role: string, type: string, bad: number): string {
  if (role === 'source') return 'The data itself holds numbers that are not finite; clean it or leave these samples out.';
  if (type === 'NLL' || type === 'KLDivergence') return 'The logarithm of zero reached the loss; feed it from LogSoftmax instead of the logarithm of a Softmax, or use CrossEntropy on the logits.';
  if (role === 'loss') return `${LOWER_RATE}; see that the prediction is what this loss expects (logits or probabilities).`;
  return Number.isNaN(bad) ? `${LOWER_RATE}; look for a division by zero or the logarithm of zero in this node.` : `The numbers grew beyond float32 here. ${LOWER_RATE}, or put a normalisation layer in front.`;
}
