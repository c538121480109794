/** The checker's last part: whether the graph can be trained and used, and what in it does nothing. */
import type { TensorType } from '../nodes/node-type.ts';
import { type Draft, type Report, draftAncestors, named } from './draft.ts';

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
    report.error('several-optimizers', `The graph has ${optimizers.length} optimizers: ${optimizers.map(named).join(', ')}; one graph is trained by one optimizer, so remove ${named(other)}. Parts can learn at different speeds by their nodes' learning-rate factor`, { node: other.id, numbers: { optimizers: optimizers.length } });
  }
  const allLosses = order.filter((node) => node.role === 'loss');
  const optimized = new Set(optimizer?.incoming.map((wire) => wire.source));
  // An optimizer without any loss has been reported; the losses are then checked as if it had all of them.
  const isWired = allLosses.some((node) => optimized.has(node));
  const trained = isWired ? allLosses.filter((node) => optimized.has(node)) : allLosses;
  checkLosses(allLosses, trained, optimizer, forTraining, report);
  if (optimizer === undefined && allLosses.length > 0) {
    const text = 'The graph has a loss, but no optimizer, so nothing can be trained; add one (Adam is a good first choice) and connect the loss to it';
    if (forTraining) report.error('no-optimizer', text, { repair: { kind: 'add-node', type: 'Adam' } });
    else report.warning('no-optimizer', text, { repair: { kind: 'add-node', type: 'Adam' } });
  }
  if (optimizer !== undefined && trained.length > 0) checkReach(optimizer, trained, report);

  const outputs = order.filter((node) => node.role === 'output');
  const metrics = order.filter((node) => node.role === 'metric');
  const marker = outputs.find((node) => node.incoming.length > 0);
  const wire = marker?.incoming[0] ?? (trained[0] ?? allLosses[0])?.incoming.find((candidate) => candidate.edge.to.port === 'prediction');
  if (wire === undefined && outputs.length === 0) {
    report.warning('no-prediction', 'The graph has no Output, so there is nothing that it predicts; connect an Output to the node whose result is wanted', { repair: { kind: 'add-node', type: 'Output' } });
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

function weightOf(loss: Draft): number | undefined {
  const weight = loss.params['weight'];
  return typeof weight === 'number' ? weight : undefined;
}

function checkLosses(all: readonly Draft[], trained: readonly Draft[], optimizer: Draft | undefined, forTraining: boolean, report: Report): void {
  if (all.length === 0) {
    const text = 'The graph has no loss, so it cannot be trained; add one (CrossEntropy for classes, MSE for numbers) and connect it to a prediction and a target';
    if (forTraining || optimizer !== undefined) report.error('no-loss', text, { repair: { kind: 'add-node', type: 'CrossEntropy' } });
    else report.warning('no-loss', text, { repair: { kind: 'add-node', type: 'CrossEntropy' } });
  }
  for (const loss of trained) {
    if (trained.length < 2 || weightOf(loss) !== undefined) continue;
    report.error('loss-weights', `The graph trains ${trained.length} losses (${trained.map(named).join(', ')}), but ${named(loss)} has no weight; with more than one loss each needs a weight to say how much it counts`, {
      node: loss.id, numbers: { losses: trained.length }, repair: { kind: 'set-param', param: 'weight', value: 1 },
    });
  }
  if (optimizer === undefined) return;
  for (const loss of all) {
    if (!trained.includes(loss)) report.warning('loss-not-optimized', `${named(loss)} is not connected to the optimizer ${named(optimizer)}, so it is not trained; connect its 'loss' to the optimizer or remove it`, { node: loss.id, port: 'loss' });
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
  report.error('optimizer-without-weights', frozen > 0
    ? `${named(optimizer)} reaches no weights that it may change: all ${frozen} nodes with weights before ${names} are frozen or have a learning-rate factor of 0; unfreeze one`
    : `${named(optimizer)} reaches no weights: nothing before ${names} has any; put a layer with weights, such as Dense, before the loss`, {
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
    if (!used.has(node)) report.warning('unused-node', `${named(node)} leads to no loss, metric or Output, so it does nothing; connect it or remove it`, { node: node.id });
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
      report.warning('duplicate-name', `${named(node)} has the same name '${name}' as ${named(other)}; an exported model tells its ${what}s apart by name, so give this one another`, {
        node: node.id, repair: { kind: 'set-param', param: 'name', value: node.id },
      });
    }
  }
}
