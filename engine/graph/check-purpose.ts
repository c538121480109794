/** The checker's last part: whether the graph can be trained and used, and what in it does nothing. */
import type { TensorType, Text } from '../nodes/node-type.ts';
import { type Draft, type Report, draftAncestors, named, namedZh } from './draft.ts';

/** What the graph is for, as far as its wires tell. */
export interface Purpose {
  readonly losses: readonly { readonly node: Draft; readonly weight: number }[];
  readonly metrics: readonly Draft[];
  readonly outputs: readonly Draft[];
  readonly optimizer: Draft | undefined;
  readonly schedule: Draft | undefined;
  readonly prediction: { readonly node: Draft; readonly output: number; readonly type: TensorType | undefined; readonly marker: Draft | undefined } | undefined;
}

export function findPurpose(order: readonly Draft[], forTraining: boolean, report: Report): Purpose {
  const optimizers = order.filter((node) => node.role === 'optimizer');
  const optimizer = optimizers[0];
  for (const other of optimizers.slice(1)) {
    report.error('several-optimizers', {
      en: `The graph has ${optimizers.length} optimizers: ${optimizers.map(named).join(', ')}; one graph is trained by one optimizer, so remove ${named(other)}. Parts can learn at different speeds by their nodes' learning-rate factor`,
      zh: `网络有 ${optimizers.length} 个优化器：${optimizers.map(namedZh).join('、')}；一个网络只用一个优化器训练，请删除${namedZh(other)}。各部分可以通过节点的学习率倍数以不同的速度学习`,
    }, { node: other.id, numbers: { optimizers: optimizers.length }, repair: { kind: 'remove-node' } });
  }
  const allLosses = order.filter((node) => node.role === 'loss');
  const optimized = new Set(optimizer?.incoming.map((wire) => wire.source));
  // An optimizer without any loss has been reported; the losses are then checked as if it had all of them.
  const isWired = allLosses.some((node) => optimized.has(node));
  const trained = isWired ? allLosses.filter((node) => optimized.has(node)) : allLosses;
  checkLosses(allLosses, trained, optimizer, forTraining, report);
  if (optimizer === undefined && allLosses.length > 0) {
    const text: Text = {
      en: 'The graph has a loss, but no optimizer, so nothing can be trained; add one (Adam is a good first choice) and connect the loss to it',
      zh: '网络有损失但没有优化器，无法训练；请添加一个优化器（首选 Adam），并把损失连接到它',
    };
    if (forTraining) report.error('no-optimizer', text, { repair: { kind: 'add-node', type: 'Adam' } });
    else report.warning('no-optimizer', text, { repair: { kind: 'add-node', type: 'Adam' } });
  }
  if (optimizer !== undefined && trained.length > 0) checkReach(optimizer, trained, report);

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
  const scheduleWire = optimizer?.incoming.find((candidate) => candidate.source.role === 'schedule');
  return {
    losses: trained.map((node) => ({ node, weight: weightOf(node) ?? 1 })), metrics, outputs, optimizer, schedule: scheduleWire?.source,
    prediction: wire === undefined ? undefined : { node: wire.source, output: wire.output, type: wire.source.outputTypes?.[wire.output], marker },
  };
}

/** Not every loss judges a prediction: a regularizer, such as that of a latent distribution, has none. */
function firstPrediction(losses: readonly Draft[]) {
  return losses.flatMap((loss) => loss.incoming).find((wire) => wire.edge.to.port === 'prediction');
}

function weightOf(loss: Draft): number | undefined {
  const weight = loss.params['weight'];
  return typeof weight === 'number' ? weight : undefined;
}

function checkLosses(all: readonly Draft[], trained: readonly Draft[], optimizer: Draft | undefined, forTraining: boolean, report: Report): void {
  if (all.length === 0) {
    const text: Text = {
      en: 'The graph has no loss, so it cannot be trained; add one (CrossEntropy for classes, MSE for numbers) and connect it to a prediction and a target',
      zh: '网络没有损失，无法训练；请添加一个（分类用 CrossEntropy，回归用 MSE），并连接预测和目标',
    };
    if (forTraining || optimizer !== undefined) report.error('no-loss', text, { repair: { kind: 'add-node', type: 'CrossEntropy' } });
    else report.warning('no-loss', text, { repair: { kind: 'add-node', type: 'CrossEntropy' } });
  }
  for (const loss of trained) {
    if (trained.length < 2 || weightOf(loss) !== undefined) continue;
    report.error('loss-weights', {
      en: `The graph trains ${trained.length} losses (${trained.map(named).join(', ')}), but ${named(loss)} has no weight; with more than one loss each needs a weight to say how much it counts`,
      zh: `网络训练 ${trained.length} 个损失（${trained.map(namedZh).join('、')}），但${namedZh(loss)}没有设置权重；有多个损失时，每个都需要权重来说明其比重`,
    }, {
      node: loss.id, numbers: { losses: trained.length }, repair: { kind: 'set-param', param: 'weight', value: 1 },
    });
  }
  if (optimizer === undefined) return;
  for (const loss of all) {
    if (!trained.includes(loss)) report.warning('loss-not-optimized', {
      en: `${named(loss)} is not connected to the optimizer ${named(optimizer)}, so it is not trained; connect its 'loss' to the optimizer or remove it`,
      zh: `${namedZh(loss)}没有连接到优化器${namedZh(optimizer)}，因此不参与训练；请把它的“loss”连接到优化器，或删除它`,
    }, { node: loss.id, port: 'loss', repair: { kind: 'connect', node: optimizer.id, port: 'loss' } });
  }
}

/** An optimizer must reach a weight that it may change. What is not known yet (faults upstream, missing wires) gets the benefit of the doubt. */
function checkReach(optimizer: Draft, trained: readonly Draft[], report: Report): void {
  let frozen = 0;
  for (const node of draftAncestors(trained)) {
    if (node.definition?.inputs.some((port) => port.optional !== true && !node.incoming.some((wire) => wire.edge.to.port === port.name)) === true) return;
    const mayHold = node.definition === undefined || (node.outputTypes === undefined ? node.role === 'compute' : Object.values(node.weights).some((weight) => weight.buffer !== true));
    if (!mayHold) continue;
    if (node.record.frozen !== true && node.record.learningRateFactor !== 0) return;
    frozen += 1;
  }
  const names = trained.map(named).join(' and ');
  const namesZh = trained.map(namedZh).join('、');
  report.error('optimizer-without-weights', frozen > 0 ? {
    en: `${named(optimizer)} reaches no weights that it may change: all ${frozen} nodes with weights before ${names} are frozen or have a learning-rate factor of 0; unfreeze one`,
    zh: `${namedZh(optimizer)}没有可以更新的权重：${namesZh}之前带权重的 ${frozen} 个节点全部被冻结，或学习率倍数为 0；请解冻其中一个`,
  } : {
    en: `${named(optimizer)} reaches no weights: nothing before ${names} has any; put a layer with weights, such as Dense, before the loss`,
    zh: `${namedZh(optimizer)}没有可训练的权重：${namesZh}之前没有带权重的节点；请在损失之前放一个带权重的层，例如 Dense`,
  }, {
    node: optimizer.id, numbers: { frozen },
    ...(frozen > 0 ? {} : { repair: { kind: 'insert-node', type: 'Dense', beforePort: 'prediction', node: trained[0]!.id } as const }),
  });
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
