/**
 * The checker's word on who trains what. An optimizer trains the weights that the gradient of its losses
 * reaches; where several do, the document has to say which of them it is.
 */
import type { Text } from '../nodes/node-type.ts';
import type { GraphDoc, NodeId } from './document.ts';
import { type Draft, type Report, draftAncestors, named, namedZh } from './draft.ts';
import { nearestName } from './ids.ts';

export interface DraftOptimizer {
  readonly node: Draft;
  readonly schedule: Draft | undefined;
  /** Those that are wired to it. */
  readonly losses: readonly Draft[];
}

/** How many nodes a message names. */
const MOST_NAMED = 4;

/** All nodes that the gradient of one of `losses` gets to. */
function gradientReach(losses: Iterable<Draft>): ReadonlySet<Draft> {
  const found = new Set<Draft>();
  const pending = [...losses];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    if (node.definition?.stopsGradient === true) continue;
    for (const wire of node.incoming) if (wire.source.outputTypes?.[wire.output]?.dtype !== 'i32') pending.push(wire.source);
  }
  return found;
}

const ownersOf = (nodes: Iterable<Draft>): Set<NodeId> => new Set(Array.from(nodes, (node) => node.weightOwner));
const hasWeights = (node: Draft): boolean => Object.values(node.weights).some((weight) => weight.buffer !== true);
const mayChange = ({ record }: Draft): boolean => record.frozen !== true && record.learningRateFactor !== 0;

/** By weight owner: the optimizer that trains its weights; undefined as the optimizer in a graph without one. Left out: what stays as it is. */
export function assignTrainers(order: readonly Draft[], optimizers: readonly DraftOptimizer[], losses: readonly Draft[], doc: GraphDoc, report: Report): ReadonlyMap<NodeId, NodeId | undefined> {
  const trainers = new Map<NodeId, NodeId | undefined>();
  if (optimizers.length === 0) {
    const reached = ownersOf(losses.length > 0 ? gradientReach(losses) : order);
    for (const node of order) if (mayChange(node) && reached.has(node.weightOwner)) trainers.set(node.weightOwner, undefined);
    reportUnknown(order, optimizers, doc, report);
    return trainers;
  }
  const unknown = reportUnknown(order, optimizers, doc, report);
  const reach = new Map(optimizers.map(({ node, losses: own }) => [node.id, ownersOf(gradientReach(own.length > 0 ? own : losses))]));
  const members = new Map<NodeId, Draft[]>();
  for (const node of order) {
    const group = members.get(node.weightOwner);
    if (group === undefined) members.set(node.weightOwner, [node]);
    else group.push(node);
  }
  const contested = new Map<string, { readonly by: readonly DraftOptimizer[]; readonly nodes: Draft[] }>();
  for (const [owner, nodes] of members) {
    const holder = nodes.find(hasWeights) ?? nodes.find(({ outputTypes, role }) => outputTypes === undefined && role === 'compute');
    if (holder === undefined || !mayChange(holder)) continue;
    const said = nodes.filter(({ record }) => record.trainedBy !== undefined);
    if (said.some((node) => unknown.has(node))) continue;
    const [first] = said;
    const other = said.find(({ record }) => record.trainedBy !== first?.record.trainedBy);
    if (first !== undefined && other !== undefined) {
      report.error('shared-weights', {
        en: `${named(other)} and ${named(first)} have their weights in common, but the first is trained by '${other.record.trainedBy}' and the second by '${first.record.trainedBy}'; choose one optimizer for both`,
        zh: `${namedZh(other)}与${namedZh(first)}共享权重，但前者由“${other.record.trainedBy}”训练，后者由“${first.record.trainedBy}”训练；请为两者选择同一个优化器`,
      }, { node: other.id, repair: { kind: 'set-trainer', nodes: [other.id], optimizer: first.record.trainedBy! } });
      continue;
    }
    const reaching = optimizers.filter(({ node }) => reach.get(node.id)!.has(owner));
    if (first !== undefined) {
      const chosen = reaching.find(({ node }) => node.id === first.record.trainedBy);
      if (chosen !== undefined) trainers.set(owner, chosen.node.id);
      else if (optimizers.some(({ node }) => node.id === first.record.trainedBy)) tellUnreached(first, optimizers, reaching, doc, report);
    } else if (reaching.length === 1) trainers.set(owner, reaching[0]!.node.id);
    else if (reaching.length > 1) {
      const key = reaching.map(({ node }) => node.id).join(' ');
      const known = contested.get(key);
      // Every node of the group is named, so that the choice can be seen at each.
      if (known === undefined) contested.set(key, { by: reaching, nodes: [...nodes] });
      else known.nodes.push(...nodes);
    }
  }
  for (const { by, nodes } of contested.values()) tellContested(by, nodes, reach, doc, report);
  // While it is open who trains what, none is idle.
  if (contested.size > 0 || unknown.size > 0) return trainers;
  const busy = new Set(trainers.values());
  for (const { node, losses: own } of optimizers) {
    const minimised = own.length > 0 || optimizers.length > 1 ? own : losses;
    if (!busy.has(node.id) && minimised.length > 0) tellIdle(node, minimised, optimizers.length, report);
  }
  return trainers;
}

/** Nodes that name an optimizer which is not there. A muted one is: what it would train stays as it is. */
function reportUnknown(order: readonly Draft[], optimizers: readonly DraftOptimizer[], doc: GraphDoc, report: Report): ReadonlySet<Draft> {
  const unknown = new Set<Draft>();
  const byName = new Map<string, Draft[]>();
  for (const node of order) {
    const name = node.record.trainedBy;
    if (name === undefined || optimizers.some((each) => each.node.id === name)) continue;
    if (Object.hasOwn(doc.nodes, name) && doc.nodes[name]?.muted === true) continue;
    unknown.add(node);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [node]);
    else known.push(node);
  }
  for (const [name, nodes] of byName) {
    const nearest = nearestName(name, optimizers.map(({ node }) => node.id));
    const { places, text } = listed(nodes, doc);
    report.error('unknown-optimizer', {
      en: `${text.en} ${places.length === 1 ? 'is' : 'are'} to be trained by '${name}', but the graph has no optimizer of this name; ${nearest === undefined ? 'let the optimizer whose losses reach them train them' : `did you mean '${nearest}'?`}`,
      zh: `${text.zh}应由“${name}”训练，但图中没有这个优化器；${nearest === undefined ? '请改为由其损失到达这些节点的优化器训练' : `您是指“${nearest}”吗？`}`,
    }, { node: nodes[0]!.id, repair: { kind: 'set-trainer', nodes: places, ...(nearest === undefined ? {} : { optimizer: nearest }) } });
  }
  return unknown;
}

/** The nodes as the top level shows them (a block stands for what is in it, unless the node inside says it itself), and the first few in words. */
function listed(nodes: readonly Draft[], doc: GraphDoc): { readonly places: readonly NodeId[]; readonly text: Text } {
  const byPlace = new Map<NodeId, Draft>();
  for (const node of nodes) {
    const [top = node.id] = node.id.split('/');
    const place = node.record.trainedBy === undefined || doc.nodes[top]?.trainedBy !== undefined ? top : node.id;
    if (!byPlace.has(place)) byPlace.set(place, node);
  }
  const all = [...byPlace];
  const shown = all.slice(0, MOST_NAMED);
  const rest = all.length - shown.length;
  return {
    places: all.map(([place]) => place),
    text: {
      en: `${shown.map(([place, node]) => (place === node.id ? named(node) : `Block '${place}'`)).join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`,
      zh: `${shown.map(([place, node]) => (place === node.id ? namedZh(node) : `模块“${place}”`)).join('、')}${rest === 0 ? '' : `等 ${all.length} 个节点`}`,
    },
  };
}

/** The likeliest is the one that reaches the least: a discriminator's loss stops at the discriminator, the generator's goes through it. */
function tellContested(by: readonly DraftOptimizer[], nodes: readonly Draft[], reach: ReadonlyMap<NodeId, ReadonlySet<NodeId>>, doc: GraphDoc, report: Report): void {
  const likely = by.reduce((best, each) => (reach.get(each.node.id)!.size < reach.get(best.node.id)!.size ? each : best));
  const { places, text } = listed(nodes, doc);
  const several = places.length > 1;
  report.error('several-trainers', {
    en: `${text.en} ${several ? 'are' : 'is'} reached by the losses of ${by.length} optimizers: ${by.map(({ node }) => named(node)).join(' and ')}; say which of them trains ${several ? 'these weights' : 'its weights'} ('Trained by' in the inspector), for example '${likely.node.id}'`,
    zh: `${text.zh}同时被 ${by.length} 个优化器的损失到达：${by.map(({ node }) => namedZh(node)).join('、')}；请在“属性”面板的“训练者”中选定由哪一个训练${several ? '这些' : '它的'}权重，例如“${likely.node.id}”`,
  }, { node: nodes[0]!.id, numbers: { optimizers: by.length, nodes: places.length }, repair: { kind: 'set-trainer', nodes: places, optimizer: likely.node.id } });
}

function tellUnreached(node: Draft, optimizers: readonly DraftOptimizer[], reaching: readonly DraftOptimizer[], doc: GraphDoc, report: Report): void {
  const chosen = optimizers.find((each) => each.node.id === node.record.trainedBy)!;
  const { places, text } = listed([node], doc);
  const [better] = reaching;
  report.warning('trainer-without-gradient', {
    en: `${text.en} is to be trained by ${named(chosen.node)}, but no gradient of its losses gets there, so these weights stay as they are; ${better === undefined ? 'connect it, or leave the choice to the wires' : `${named(better.node)} reaches them`}`,
    zh: `${text.zh}应由${namedZh(chosen.node)}训练，但其损失的梯度到不了这里，因此这些权重保持不变；${better === undefined ? '请连接它，或改为由连线决定' : `${namedZh(better.node)}能到达它们`}`,
  }, { node: node.id, repair: { kind: 'set-trainer', nodes: places, ...(better === undefined ? {} : { optimizer: better.node.id }) } });
}

/** What is not known yet (faults upstream, missing wires) gets the benefit of the doubt. */
function tellIdle(optimizer: Draft, losses: readonly Draft[], optimizers: number, report: Report): void {
  let frozen = 0;
  let others = 0;
  const reached = gradientReach(losses);
  for (const node of draftAncestors(losses)) {
    if (node.definition?.inputs.some((port) => port.optional !== true && !node.incoming.some((wire) => wire.edge.to.port === port.name)) === true) return;
    if (node.definition === undefined || (node.outputTypes === undefined && node.role === 'compute')) return;
    if (!hasWeights(node) || !reached.has(node)) continue;
    if (mayChange(node)) others += 1;
    else frozen += 1;
  }
  const names = losses.map(named).join(' and ');
  const namesZh = losses.map(namedZh).join('、');
  const none = frozen + others === 0;
  report.error('optimizer-without-weights', others > 0 && optimizers > 1 ? {
    en: `${named(optimizer)} has no weights to change: all ${others} nodes with weights that it reaches are trained by other optimizers; let it train one of them ('Trained by' in the inspector), or remove it`,
    zh: `${namedZh(optimizer)}没有可以更新的权重：它能到达的 ${others} 个带权重的节点全部由其他优化器训练；请在“属性”面板的“训练者”中把其中一个交给它，或删除它`,
  } : !none ? {
    en: `${named(optimizer)} reaches no weights that it may change: all ${frozen} nodes with weights before ${names} are frozen or have a learning-rate factor of 0; unfreeze one`,
    zh: `${namedZh(optimizer)}没有可以更新的权重：${namesZh}之前带权重的 ${frozen} 个节点全部被冻结，或学习率倍数为 0；请解冻其中一个`,
  } : {
    en: `${named(optimizer)} reaches no weights: nothing before ${names} has any that a gradient gets to; put a layer with weights, such as Dense, before the loss`,
    zh: `${namedZh(optimizer)}没有可训练的权重：${namesZh}之前没有梯度能到达的带权重的节点；请在损失之前放一个带权重的层，例如 Dense`,
  }, {
    node: optimizer.id, numbers: { frozen },
    ...(none ? { repair: { kind: 'insert-node', type: 'Dense', beforePort: 'prediction', node: losses[0]!.id } as const } : {}),
  });
}
