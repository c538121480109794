/** What can be seen of the data before a run: that every source has some, and that class indices are classes. On the device a wrong index would only make a silent wrong loss. */
import { inputAt } from '../graph/checked-graph.ts';
import { DATA_WORDS, DataError, type DataWord, type SplitSamples } from './device-model.ts';
import type { TrainModel } from './model.ts';

export function requireSources(model: TrainModel, samples: SplitSamples, what: DataWord): void {
  for (const source of model.graph.sources) {
    if (samples[source.id] === undefined) throw new DataError({ en: `Node '${source.label}' (${source.definition.type}) has no ${what} data; give it with --data, or take the node out.`, zh: `节点“${source.label}”（${source.definition.type}）没有${DATA_WORDS[what]}数据；请去掉该节点，或换成有数据的节点。` });
  }
  for (const node of model.graph.nodes.values()) {
    for (const { from, fromPort } of node.inputs) {
      const ports = samples[from];
      if (ports === undefined || ports[fromPort] !== undefined) continue;
      const given = Object.keys(ports).map((port) => `'${port}'`).join(', ');
      throw new DataError({ en: `The ${what} data of '${from}' has ${given} but not '${fromPort}', which '${node.label}' (${node.definition.type}) needs; give both or neither.`, zh: `“${from}”的${DATA_WORDS[what]}数据中有${Object.keys(ports).map((port) => `“${port}”`).join('、')}，却没有“${node.label}”（${node.definition.type}）所需的“${fromPort}”；请两者都给出，或都不给。` });
    }
  }
}

/** Class indices that come straight from a source into a loss must lie in [0, classes), the size of the prediction's axis 1. */
export function requireLabels(model: TrainModel, samples: SplitSamples, what: DataWord): void {
  for (const { node } of model.graph.losses) {
    const prediction = inputAt(node, 'prediction');
    const target = inputAt(node, 'target');
    if (prediction === undefined || target === undefined || target.type.dtype !== 'i32' || target.type.shape.length !== prediction.type.shape.length - 1) continue;
    const classes = prediction.type.shape[1];
    const labels = samples[target.from]?.[target.fromPort];
    // One output for each target is compared number with number: 0 and 1 are no class indices there.
    if (typeof classes !== 'number' || classes === 1 || labels === undefined) continue;
    const ignored = node.params['ignoreIndex'] ?? undefined;
    const wrong = labels.data.findIndex((label: number) => !(label >= 0 && label < classes) && label !== ignored);
    if (wrong < 0) continue;
    const perSample = labels.data.length / (labels.shape[0] ?? 1);
    const isMark = (labels.data[wrong] ?? 0) < 0 && 'ignoreIndex' in node.definition.params;
    const hint = isMark ? { en: `; if nothing is asked where the label is ${labels.data[wrong]}, set "ignoreIndex" of the loss to it`, zh: `；如果标签为 ${labels.data[wrong]} 的位置表示不作询问，请把损失的“ignoreIndex”设为该值` } : { en: '', zh: '' };
    throw new DataError({ en: `Label ${labels.data[wrong]} of sample ${Math.floor(wrong / perSample)} in the ${what} data of '${target.from}.${target.fromPort}' is no class: ${node.definition.type} '${node.label}' has ${classes} of them, 0 to ${classes - 1}. Make the last layer wider, or mend the labels${hint.en}.`, zh: `“${target.from}.${target.fromPort}”的${DATA_WORDS[what]}数据中，第 ${Math.floor(wrong / perSample)} 个样本的标签 ${labels.data[wrong]} 不是有效类别：${node.definition.type}“${node.label}”共有 ${classes} 个类别，即 0 到 ${classes - 1}。请加宽最后一层，或改正标签${hint.zh}。` });
  }
}
