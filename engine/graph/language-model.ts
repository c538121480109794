/** Whether a graph is a model of language: tokens of a text go in, and at each place it says which token is asked for there. */
import type { ClassPrediction } from '../nodes/node-type.ts';
import { formatShape } from '../nodes/shapes.ts';
import type { Text } from '../text.ts';
import { ancestors, type CheckedGraph, type CheckedInput, inputAt } from './checked-graph.ts';
import type { NodeId } from './document.ts';

export interface LanguageModel {
  /** What it has learnt to say: the token behind each place, or the one that a mask hides. */
  readonly asks: 'next-token' | 'masked-tokens';
  /** The data node; its tokens are at `port`, i32 [N, window]. */
  readonly source: NodeId;
  readonly label: string;
  readonly port: string;
  readonly window: number;
  /** The wires into the loss. `prediction` is [N, classes, window], classes on axis 1 as losses have them. */
  readonly prediction: CheckedInput;
  readonly target: CheckedInput;
  readonly reading: Extract<ClassPrediction, 'logits' | 'log-probabilities'>;
  readonly classes: number;
}

/** The first loss that asks for a text's tokens, or why there is none. */
export function languageModelIn(graph: CheckedGraph): LanguageModel | { readonly problem: Text } {
  const texts = graph.sources.filter(({ definition }) => definition.data?.language !== undefined);
  if (texts.length === 0) return { problem: { en: 'The graph reads no text: it has no Text or Masked text node.', zh: '该图不读取文本：其中没有“文本”或“掩码文本”节点。' } };
  let problem: Text | undefined;
  for (const { node } of graph.losses) {
    const prediction = inputAt(node, 'prediction');
    const target = inputAt(node, 'target');
    const source = texts.find(({ id }) => id === target?.from);
    const asks = source?.definition.data?.language;
    const [tokens] = source?.definition.outputs ?? [];
    const window = source?.outputTypes[0]?.shape[1];
    if (prediction === undefined || target === undefined || source === undefined || asks === undefined || tokens === undefined || target.fromPort === tokens.name || typeof window !== 'number') continue;
    const reading = node.definition.classes?.(node.params);
    if (reading !== 'logits' && reading !== 'log-probabilities') {
      problem ??= { en: `'${node.label}' does not choose among tokens; a language model needs CrossEntropy.`, zh: `“${node.label}”不是在词元中做选择；语言模型需要交叉熵损失。` };
      continue;
    }
    const { shape } = prediction.type;
    const [, classes, places] = shape;
    if (shape.length !== 3 || typeof classes !== 'number' || places !== window) {
      problem ??= {
        en: `The prediction at '${node.label}' has the shape ${formatShape(shape)}; to write, the network must give the scores of all tokens at each place, [N, vocabulary, ${window}].`,
        zh: `“${node.label}”处的预测形状为 ${formatShape(shape)}；要写作，网络必须在每个位置给出所有词元的分数，即 [N, 词表大小, ${window}]。`,
      };
      continue;
    }
    const needed = ancestors(graph, [prediction.from]);
    const other = graph.sources.find(({ id }) => id !== source.id && needed.has(id));
    if (other !== undefined || !needed.has(source.id)) {
      problem ??= other === undefined
        ? { en: `The prediction at '${node.label}' does not depend on '${source.label}'.`, zh: `“${node.label}”处的预测不依赖于“${source.label}”。` }
        : { en: `The prediction at '${node.label}' needs '${other.label}' besides the text, which nobody can give while it writes.`, zh: `“${node.label}”处的预测除文本外还需要“${other.label}”，而写作时无法提供它。` };
      continue;
    }
    return { asks, source: source.id, label: source.label, port: tokens.name, window, prediction, target, reading, classes };
  }
  const [first] = texts;
  return { problem: problem ?? { en: `No loss holds a prediction against the targets of '${first?.label}'.`, zh: `没有损失把预测与“${first?.label}”的目标相比较。` } };
}
