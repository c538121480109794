/** When a loss is not a number: which node went first, and what to do about it. */
import type { Feeds } from '../backends/backend.ts';
import { breathe } from '../data/breathe.ts';
import type { NodeId } from '../graph/document.ts';
import { type Text, textOf } from '../text.ts';
import type { DeviceModel } from './device-model.ts';
import type { RunState } from './run-state.ts';

export interface Diagnosis {
  readonly node: NodeId | undefined;
  /** Words only, no full stop. */
  readonly text: Text;
  readonly advice: Text;
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
    await (await device.training(batch, state.step + 1)).run([feeds]);
    await breathe();
  }
  return state;
}

export function searchFailed(step: number, error: unknown): Diagnosis {
  const why = textOf(error);
  return {
    node: undefined, advice: lowerRate({ en: '.', zh: '。' }),
    text: {
      en: `Numbers that are not finite came up at step ${step}, and the search for their cause failed (${why.en})`,
      zh: `第 ${step} 步出现了非有限的数（NaN 或无穷大），并且查找原因时失败（${why.zh}）`,
    },
  };
}

const firstBad = (data: ArrayLike<number>): number | undefined => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return data[i];
  return undefined;
};

/** The advice that nearly always helps, and what more there is to say. */
const lowerRate = (rest: Text): Text => ({
  en: `Lower the learning rate (a tenth is a good try) or set the optimizer’s clip norm to 1${rest.en}`,
  zh: `请降低学习率（可先试十分之一），或把优化器的梯度裁剪范数设为 1${rest.zh}`,
});

/**
 * `device` holds the state in front of step `step`, `feeds` is what that step is fed; `loss` is its loss,
 * undefined when it was the weights that were found out. Looks at the
 * weights first, then at every node's outputs in the order in which they are computed.
 */
export async function diagnose(device: DeviceModel, step: number, { feeds, batch }: StepFeeds, loss: number | undefined): Promise<Diagnosis> {
  const { graph } = device.model;
  const labelOf = (node: NodeId): Text => {
    const known = graph.nodes.get(node);
    const type = known?.definition.type ?? '';
    const label = known?.label ?? node;
    return { en: `${type} '${label}'`.trimStart(), zh: `${type}“${label}”` };
  };
  const wasLoss: Text = loss === undefined
    ? { en: `The weights went wrong after step ${step - 1}`, zh: `第 ${step - 1} 步之后权重出了问题` }
    : { en: `The loss became ${loss} at step ${step}`, zh: `损失在第 ${step} 步变为 ${loss}` };
  const { weights } = await device.readTensors();
  for (const entry of device.model.layout.entries) {
    const bad = firstBad(weights[entry.key]?.data ?? []);
    if (bad === undefined) continue;
    const label = labelOf(entry.node);
    return {
      node: entry.node, advice: lowerRate({ en: '.', zh: '。' }),
      text: {
        en: `${wasLoss.en}: '${entry.name}' of ${label.en} holds ${bad} since the update of step ${step - 1}`,
        zh: `${wasLoss.zh}：自第 ${step - 1} 步更新起，${label.zh}的“${entry.name}”含有 ${bad}`,
      },
    };
  }
  const inspection = await device.inspection(batch, step);
  try {
    const [outputs = {}] = await inspection.run([feeds]);
    for (const { node, outputs: names } of inspection.program.seen) {
      for (const name of names) {
        const bad = firstBad(outputs[name] ?? []);
        if (bad === undefined) continue;
        const label = labelOf(node);
        const known = graph.nodes.get(node);
        return {
          node, advice: adviceFor(known?.role ?? 'compute', known?.definition.type ?? '', bad),
          text: { en: `${wasLoss.en}: the first ${bad} came out of ${label.en}`, zh: `${wasLoss.zh}：最先输出 ${bad} 的是 ${label.zh}` },
        };
      }
    }
  } finally {
    inspection.executable.dispose();
  }
  return {
    node: undefined, advice: lowerRate({ en: ", or lower the losses' weights.", zh: '，或降低各损失的权重。' }),
    text: {
      en: `${wasLoss.en}, though every node's own output is finite: the sum of the losses overflows`,
      zh: `${wasLoss.zh}，但每个节点自身的输出都是有限的：各损失之和溢出了`,
    },
  };
}

function adviceFor(role: string, type: string, bad: number): Text {
  if (role === 'source') return { en: 'The data itself holds numbers that are not finite; clean it or leave these samples out.', zh: '数据本身含有非有限的数；请清洗数据，或去掉这些样本。' };
  if (type === 'NLL' || type === 'KLDivergence') {
    return {
      en: 'The logarithm of zero reached the loss; feed it from LogSoftmax instead of the logarithm of a Softmax, or use CrossEntropy on the logits.',
      zh: '零的对数进入了损失；请用 LogSoftmax 的输出代替 Softmax 的对数，或对 logits 使用 CrossEntropy（交叉熵）。',
    };
  }
  if (role === 'loss') return lowerRate({ en: '; see that the prediction is what this loss expects (logits or probabilities).', zh: '；并确认预测是这个损失所需要的（logits 或概率）。' });
  if (Number.isNaN(bad)) return lowerRate({ en: '; look for a division by zero or the logarithm of zero in this node.', zh: '；并检查该节点中是否有除以零或对零取对数。' });
  const lower = lowerRate({ en: ', or put a normalisation layer in front.', zh: '，或在前面加一个归一化层。' });
  return { en: `The numbers grew beyond float32 here. ${lower.en}`, zh: `数值在这里超出了 float32 的范围。${lower.zh}` };
}
