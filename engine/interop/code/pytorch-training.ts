/**
 * How a graph is trained, in PyTorch: which optimizer has which weights, and a step with its turns.
 * What an update has not changed is not computed again, as in Netloom.
 */
import { type CheckedGraph, type CheckedNode, type CheckedOptimizer, ancestors, inputAt } from '../../graph/checked-graph.ts';
import type { NodeId } from '../../graph/document.ts';
import { type Translation, substitute } from './translation.ts';

export function trainingStep(graph: CheckedGraph, translation: Translation): string[] {
  const names = new Map(graph.losses.map(({ node }) => [node.id, translation.name(node.id)]));
  const inputs = translation.inputs.map((input) => translation.value(input.node.id, input.output));
  const drawn = translation.inputs.filter(({ node }) => node.definition.drawn === true)
    .map((input) => `    # ${translation.value(input.node.id, input.output)}: ${input.node.definition.code.pytorch(input.node.params, [])}`);
  const criteria = graph.losses.flatMap(({ node }): [NodeId, Criterion][] => {
    const [line = ''] = lineOf(node).split('  # ');
    return line.startsWith('nn.') ? [[node.id, { name: translation.name(`${node.id}_criterion`), line }]] : [];
  });
  const isAlone = graph.optimizers.length === 1;
  return [
    // Made once, not in every step.
    ...criteria.map(([, { name, line }]) => `${name} = ${line}`),
    ...(criteria.length === 0 ? [] : ['', '']),
    'def make_optimizers(model):',
    '    return {',
    ...graph.optimizers.flatMap((optimizer) => optimizerLines(graph, optimizer, translation)),
    '    }',
    '',
    '',
    ...(isAlone ? [] : [
      'def gradients(optimizer, loss):',
      '    """Of the weights that the optimizer has, and of no others."""',
      "    parameters = [parameter for group in optimizer.param_groups for parameter in group['params']]",
      '    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)):',
      '        parameter.grad = gradient',
      '    return parameters',
      '',
      '',
    ]),
    `def training_step(${['model', 'optimizers', 'step', ...inputs].join(', ')}):`,
    '    """One step, counted from 1, as Netloom makes it. Returns the losses, each as it was when its turn came."""',
    ...drawn,
    '    losses = {}',
    ...turns(graph, translation, names, new Map(criteria)),
    '    return losses',
    '',
    '',
  ];
}

function optimizerLines(graph: CheckedGraph, { node, schedule }: CheckedOptimizer, translation: Translation): string[] {
  const byFactor = new Map<number, string[]>();
  for (const each of graph.order) {
    const layer = translation.owners.get(each.weightOwner);
    // Weights that several nodes have in common are named once.
    if (layer === undefined || each.id !== each.weightOwner || graph.trainers.get(each.weightOwner) !== node.id) continue;
    byFactor.set(each.learningRateFactor, [...(byFactor.get(each.learningRateFactor) ?? []), `*model.${layer}.parameters()`]);
  }
  const rate = Number(node.params['learningRate'] ?? 0);
  const groups = [...byFactor].map(([factor, layers]) => (factor === 1 && byFactor.size === 1 ? `[${layers.join(', ')}]` : `{'params': [${layers.join(', ')}], 'lr': ${rate * factor}}`));
  const parameters = byFactor.size === 1 && byFactor.has(1) ? (groups[0] ?? '[]') : `[${groups.join(', ')}]`;
  const [line = '', note] = lineOf(node).split('  # ');
  return [
    ...(schedule === undefined ? [] : [`        # its schedule: ${lineOf(schedule)}`]),
    ...(note === undefined ? [] : [`        # ${note}`]),
    `        '${node.id}': ${line.replace('model.parameters()', () => parameters)},`,
  ];
}

/** A loss that is a module: a name for it, and what makes it. */
interface Criterion {
  readonly name: string;
  readonly line: string;
}

function turns(graph: CheckedGraph, translation: Translation, names: ReadonlyMap<NodeId, string>, criteria: ReadonlyMap<NodeId, Criterion>): string[] {
  const lines: string[] = [];
  /** Nodes whose values are as the weights are by now. */
  const current = new Set<NodeId>();
  const told = new Set<NodeId>();
  for (const turn of new Set(graph.optimizers.map((optimizer) => optimizer.turn))) {
    const together = graph.optimizers.filter((optimizer) => optimizer.turn === turn);
    lines.push(`    # Turn ${turn}: ${together.map(({ node }) => node.id).join(', ')}.`);
    const losses = graph.losses.filter(({ node }) => together.some((optimizer) => optimizer.losses.includes(node.id)));
    const needed = ancestors(graph, losses.map(({ node }) => node.id));
    for (const node of graph.order) {
      if (!needed.has(node.id) || current.has(node.id)) continue;
      current.add(node.id);
      for (const line of translation.step(node, 'model')) lines.push(`    ${line}`);
    }
    for (const { node, weight } of losses) lines.push(`    ${names.get(node.id)} = ${weight === 1 ? '' : `${weight} * `}${lossOf(node, translation, criteria.get(node.id))}`);
    for (const { node } of losses.filter((loss) => !told.has(loss.node.id))) {
      told.add(node.id);
      lines.push(`    losses['${node.id}'] = ${names.get(node.id)}.detach()`);
    }
    const acts = (every: number, body: readonly string[]): string[] => (every === 1 ? body.map((line) => `    ${line}`) : [`    if step % ${every} == 0:`, ...body.map((line) => `        ${line}`)]);
    for (const { node, every, losses: own } of together) {
      const sum = graph.losses.filter((loss) => own.includes(loss.node.id)).map((loss) => names.get(loss.node.id)).join(' + ');
      const { clipValue, clipNorm } = node.params;
      const clips = [...(clipValue === null || clipValue === undefined ? [] : [`nn.utils.clip_grad_value_(parameters, ${String(clipValue)})`]), ...(clipNorm === null || clipNorm === undefined ? [] : [`nn.utils.clip_grad_norm_(parameters, ${String(clipNorm)})`])];
      const asked = graph.optimizers.length > 1
        ? [`${clips.length === 0 ? '' : 'parameters = '}gradients(optimizers['${node.id}'], ${sum})`]
        : [`optimizers['${node.id}'].zero_grad(set_to_none=True)`, own.length === 1 ? `${sum}.backward()` : `(${sum}).backward()`, ...(clips.length === 0 ? [] : ['parameters = list(model.parameters())'])];
      lines.push(...acts(every, [...asked, ...clips]));
    }
    for (const { node, every } of together) lines.push(...acts(every, [`optimizers['${node.id}'].step()`]));
    const updated = new Set(together.map(({ node }) => node.id));
    for (const node of graph.order) {
      const isUpdated = Object.keys(node.weights).length > 0 && updated.has(graph.trainers.get(node.weightOwner) ?? '');
      if (isUpdated || node.inputs.some((input) => !current.has(input.from) && graph.nodes.get(input.from)?.role === 'compute')) current.delete(node.id);
    }
  }
  return lines;
}

const lineOf = (node: CheckedNode): string => node.definition.code.pytorch(node.params, node.inputTypes);

function lossOf(node: CheckedNode, translation: Translation, criterion: Criterion | undefined): string {
  const [line = ''] = lineOf(node).split('  # ');
  const ins = node.inputs.map((input) => translation.value(input.from, input.output));
  if (criterion === undefined) return substitute(line, node, ins);
  const target = inputAt(node, 'target');
  const prediction = inputAt(node, 'prediction');
  if (target === undefined || prediction === undefined) return `${criterion.name}(${ins.join(', ')})`;
  const [guess, truth] = [prediction, target].map((input) => translation.value(input.from, input.output));
  const isClass = target.type.dtype === 'i32' && target.type.shape.length < prediction.type.shape.length && (prediction.type.shape[1] ?? 1) !== 1;
  return `${criterion.name}(${guess}, ${isClass ? `${truth}.long()` : `${truth}.float().reshape(${guess}.shape)`})`;
}
