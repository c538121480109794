/** The checker's last part: whether the graph can be trained and used, and what in it does nothing. */
import type { TensorType, Text } from '../nodes/node-type.ts';
import { type DraftOptimizer, assignTrainers } from './check-optimizers.ts';
import type { GraphDoc, NodeId } from './document.ts';
import { type Draft, type Report, draftAncestors, named, namedZh } from './draft.ts';

/** What the graph is for, as far as its wires tell. */
export interface Purpose {
  readonly losses: readonly { readonly node: Draft; readonly weight: number }[];
  readonly metrics: readonly Draft[];
  readonly outputs: readonly Draft[];
  /** By their turns. */
  readonly optimizers: readonly DraftOptimizer[];
  readonly trainers: ReadonlyMap<NodeId, NodeId | undefined>;
  readonly prediction: { readonly node: Draft; readonly output: number; readonly type: TensorType | undefined; readonly marker: Draft | undefined } | undefined;
}

export function findPurpose(order: readonly Draft[], doc: GraphDoc, forTraining: boolean, report: Report): Purpose {
  const allLosses = order.filter((node) => node.role === 'loss');
  const optimizers = order.filter((node) => node.role === 'optimizer').map((node): DraftOptimizer => {
    const wired = new Set(node.incoming.map((wire) => wire.source));
    return { node, schedule: node.incoming.find((wire) => wire.source.role === 'schedule')?.source, losses: allLosses.filter((loss) => wired.has(loss)) };
  }).sort((a, b) => numberParam(a.node, 'turn') - numberParam(b.node, 'turn'));
  const optimized = new Set(optimizers.flatMap(({ losses }) => losses));
  // Optimizers without any loss have been reported; the losses are then checked as if one had all of them.
  const trained = optimized.size > 0 ? allLosses.filter((node) => optimized.has(node)) : allLosses;
  checkLosses(allLosses, trained, optimizers, forTraining, report);
  if (optimizers.length === 0 && allLosses.length > 0) {
    const text: Text = {
      en: 'The graph has a loss, but no optimizer, so nothing can be trained; add one (Adam is a good first choice) and connect the loss to it',
      zh: '网络有损失但没有优化器，无法训练；请添加一个优化器（首选 Adam），并把损失连接到它',
    };
    if (forTraining) report.error('no-optimizer', text, { repair: { kind: 'add-node', type: 'Adam' } });
    else report.warning('no-optimizer', text, { repair: { kind: 'add-node', type: 'Adam' } });
  }
  const trainers = assignTrainers(order, optimizers, trained, doc, report);

  const outputs = order.filter((node) => node.role === 'output');
  const metrics = order.filter((node) => node.role === 'metric');
  const marker = outputs.find((node) => node.incoming.length > 0);
  const wire = marker?.incoming[0] ?? firstPrediction(trained) ?? firstPrediction(allLosses);
  if (wire === undefined && outputs.length === 0) {
    report.warning('no-prediction', {
      en: 'The graph has no Output, so there is nothing that it predicts; connect an Output to the node whose result is wanted',
      zh: '网络没有输出节点，因此不作任何预测；请在需要其结果的节点后连接一个输出节点',
    }, { repair: { kind: 'add-node', type: 'Output' } });
  }
  reportUnused(order, allLosses, report);
  reportSameNames(order.filter((node) => node.definition?.type === 'Input'), 'Input', report);
  reportSameNames(outputs, 'Output', report);
  return {
    losses: trained.map((node) => ({ node, weight: weightOf(node) ?? 1 })), metrics, outputs, optimizers, trainers,
    prediction: wire === undefined ? undefined : { node: wire.source, output: wire.output, type: wire.source.outputTypes?.[wire.output], marker },
  };
}

function numberParam(node: Draft, name: string): number {
  const value = node.params[name];
  return typeof value === 'number' ? value : 1;
}

/** Not every loss judges a prediction: a regularizer, such as that of a latent distribution, has none. */
function firstPrediction(losses: readonly Draft[]) {
  return losses.flatMap((loss) => loss.incoming).find((wire) => wire.edge.to.port === 'prediction');
}

function weightOf(loss: Draft): number | undefined {
  const weight = loss.params['weight'];
  return typeof weight === 'number' ? weight : undefined;
}

function checkLosses(all: readonly Draft[], trained: readonly Draft[], optimizers: readonly DraftOptimizer[], forTraining: boolean, report: Report): void {
  if (all.length === 0) {
    const text: Text = {
      en: 'The graph has no loss, so it cannot be trained; add one (CrossEntropy for classes, MSE for numbers) and connect it to a prediction and a target',
      zh: '网络没有损失，无法训练；请添加一个（分类用 CrossEntropy，回归用 MSE），并连接预测和目标',
    };
    if (forTraining || optimizers.length > 0) report.error('no-loss', text, { repair: { kind: 'add-node', type: 'CrossEntropy' } });
    else report.warning('no-loss', text, { repair: { kind: 'add-node', type: 'CrossEntropy' } });
  }
  const told = new Set<Draft>();
  // Losses that nothing minimises yet are taken for those of one optimizer.
  for (const together of optimizers.some(({ losses }) => losses.length > 0) ? optimizers.map(({ losses }) => losses) : [trained]) {
    for (const loss of together) {
      if (together.length < 2 || weightOf(loss) !== undefined || told.has(loss)) continue;
      told.add(loss);
      report.error('loss-weights', {
        en: `The graph trains ${together.length} losses (${together.map(named).join(', ')}), but ${named(loss)} has no weight; with more than one loss each needs a weight to say how much it counts`,
        zh: `网络训练 ${together.length} 个损失（${together.map(namedZh).join('、')}），但${namedZh(loss)}没有设置权重；有多个损失时，每个都需要权重来说明其比重`,
      }, {
        node: loss.id, numbers: { losses: together.length }, repair: { kind: 'set-param', param: 'weight', value: 1 },
      });
    }
  }
  const optimizer = optimizers[0]?.node;
  if (optimizer === undefined) return;
  for (const loss of all) {
    if (trained.includes(loss)) continue;
    report.warning('loss-not-optimized', optimizers.length === 1 ? {
      en: `${named(loss)} is not connected to the optimizer ${named(optimizer)}, so it is not trained; connect its 'loss' to the optimizer or remove it`,
      zh: `${namedZh(loss)}没有连接到优化器${namedZh(optimizer)}，因此不参与训练；请把它的“loss”连接到优化器，或删除它`,
    } : {
      en: `${named(loss)} is connected to none of the ${optimizers.length} optimizers, so it is not trained; connect its 'loss' to one of them or remove it`,
      zh: `${namedZh(loss)}没有连接到 ${optimizers.length} 个优化器中的任何一个，因此不参与训练；请把它的“loss”连接到其中一个，或删除它`,
    }, { node: loss.id, port: 'loss', repair: { kind: 'connect', node: optimizer.id, port: 'loss' } });
  }
}

/** Nodes whose results nobody uses. Losses are told of on their own, and without any goal everything would be unused. */
function reportUnused(order: readonly Draft[], losses: readonly Draft[], report: Report): void {
  const goals = order.filter((node) => node.role === 'loss' || node.role === 'metric' || node.role === 'output' || node.role === 'optimizer');
  if (goals.length === 0) return;
  // A node of an unknown type may be meant for anything.
  const used = draftAncestors([...goals, ...losses, ...order.filter((node) => node.definition === undefined)]);
  for (const node of order) {
    if (!used.has(node)) report.warning('unused-node', {
      en: `${named(node)} leads to no loss, metric or Output, so it does nothing; connect it or remove it`,
      zh: `${namedZh(node)}没有通向任何损失、指标或输出节点，因此不起作用；请连接或删除它`,
    }, { node: node.id, repair: { kind: 'remove-node' } });
  }
}

/** Inputs and Outputs carry their names into exported models and data files, where a name can stand only once. */
function reportSameNames(nodes: readonly Draft[], what: string, report: Report): void {
  const first = new Map<string, Draft>();
  for (const node of nodes) {
    const name = node.params['name'];
    if (typeof name !== 'string' || name === '') continue;
    const other = first.get(name);
    if (other === undefined) first.set(name, node);
    else {
      report.warning('duplicate-name', {
        en: `${named(node)} has the same name '${name}' as ${named(other)}; an exported model tells its ${what}s apart by name, so give this one another`,
        zh: `${namedZh(node)}与${namedZh(other)}的名称同为“${name}”；导出的模型靠名称区分各个 ${what}，请给它换一个名称`,
      }, {
        node: node.id, repair: { kind: 'set-param', param: 'name', value: node.id },
      });
    }
  }
}
