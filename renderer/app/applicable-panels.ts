/** Which of the dock's panels make sense for the open document, told from what its nodes are and what they learn. */
import { ancestors, type CheckedGraph, type CheckedNode } from '../../engine/graph/checked-graph.ts';
import { languageModelIn } from '../../engine/graph/language-model.ts';
import { generatorIn } from '../inspect/generated.ts';
import { useChecks } from '../workspace/context.tsx';
import { BOTTOM_PANELS, type BottomPanel } from './ui-store.ts';

/** A confusion matrix needs classes, a decision boundary two input numbers, a fitted curve a number to be predicted, generated pictures a latent distribution that they start from, writing a text, judged samples a prediction that comes of them. */
export function applicablePanels(graph: CheckedGraph | undefined): ReadonlySet<BottomPanel> {
  // A graph that is not whole yet might become anything; the special ones wait until it is.
  const hidden = new Set<BottomPanel>();
  if (graph === undefined) {
    hidden.add('boundary').add('fit').add('generated').add('writing');
  } else {
    const classifies = graph.losses.some(({ node }) => judgesClasses(node));
    const features = graph.sources.map((source) => source.outputTypes[0]?.shape ?? []);
    const isPlane = features.length === 1 && features[0]!.length === 2 && features[0]![1] === 2;
    const isLine = features.length === 1 && features[0]!.length === 2 && features[0]![1] === 1;
    if (!classifies) hidden.add('confusion');
    if (!classifies || !isPlane) hidden.add('boundary');
    if (generatorIn(graph) === undefined) hidden.add('generated');
    if (!judgesSamples(graph)) hidden.add('test').add('samples').add('confusion');
    // A language model is tried by letting it write.
    hidden.add('problem' in languageModelIn(graph) ? 'writing' : 'test');
    if (classifies || !(isLine || isPlane)) hidden.add('fit');
  }
  return new Set(BOTTOM_PANELS.filter((panel) => !hidden.has(panel)));
}

/** A generator makes its prediction out of noise: there is no sample that it could be right or wrong about. */
function judgesSamples(graph: CheckedGraph): boolean {
  if (graph.prediction === undefined) return true;
  const needed = ancestors(graph, [graph.prediction.node]);
  return graph.sources.some(({ id }) => needed.has(id));
}

/** One class per sample; a yes or no for each pixel of a picture is no class. */
function judgesClasses(loss: CheckedNode): boolean {
  const reading = loss.definition.classes?.(loss.params);
  const shape = loss.inputs.find(({ port }) => port === 'prediction')?.type.shape ?? [];
  if (reading === undefined || shape.length > 2) return false;
  return reading === 'logits' || reading === 'log-probabilities' || (shape[1] ?? 1) === 1;
}

export function useApplicablePanels(): ReadonlySet<BottomPanel> {
  const graph = useChecks((state) => state.graph);
  return applicablePanels(graph);
}
