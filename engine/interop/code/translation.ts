/** A graph's nodes in Python: a name for each value, a layer for each node that is a module, and the line that computes it. */
import { type CheckedGraph, type CheckedNode, weightPrefix } from '../../graph/checked-graph.ts';
import type { NodeId } from '../../graph/document.ts';
import type { ModelInput } from '../results.ts';
import { PythonNames } from './names.ts';

/** Nodes as layers of a module and as lines that call them. */
export class Translation {
  readonly layers: string[] = [];
  /** The layers that hold weights, by the node that these are named by. */
  readonly owners = new Map<NodeId, string>();
  /** Entries `'python name': 'node id'` of the layers whose weights the file knows by another name. */
  readonly renamed: string[] = [];
  readonly inputs: readonly ModelInput[];
  readonly #names = new PythonNames();
  /** Python's name of the value at a node's output. */
  readonly #values = new Map<string, string>();
  readonly #lines = new Map<NodeId, string>();

  constructor(graph: CheckedGraph, needed: ReadonlySet<NodeId>, inputs: readonly ModelInput[]) {
    this.inputs = inputs;
    /** The first layer that uses some weights, by the node that they are named by. */
    const owners = new Map<string, { readonly name: string; readonly line: string }>();
    for (const input of inputs) this.#values.set(at(input.node.id, input.output), this.#names.take(input.name));
    for (const node of graph.order) {
      if (!needed.has(node.id) || node.role !== 'compute' || node.definition.drawn === true) continue;
      const name = this.#names.take(node.id);
      const line = node.definition.code.pytorch(node.params, node.inputTypes);
      const ins = node.inputs.map((input) => this.value(input.from, input.output));
      if (line.startsWith('nn.')) {
        const hasWeights = Object.keys(node.weights).length > 0;
        const owner = hasWeights ? owners.get(node.weightOwner) : undefined;
        if (owner?.line !== line) {
          this.layers.push(`self.${name} = ${line}`);
          if (owner !== undefined) this.layers.push(`share(self.${name}, self.${owner.name})`);
          if (hasWeights && name !== weightPrefix(node)) this.renamed.push(`'${name}': '${weightPrefix(node)}'`);
        }
        if (owner === undefined) {
          owners.set(node.weightOwner, { name, line });
          if (hasWeights) this.owners.set(node.weightOwner, name);
        }
        const layer = `self.${owner?.line === line ? owner.name : name}`;
        const expression = node.definition.code.pytorchCall?.(node.params, node.inputTypes);
        this.#lines.set(node.id, `${name} = ${expression === undefined ? `${layer}(${ins.join(', ')})` : substitute(expression, node, ins, layer)}`);
      } else {
        this.#lines.set(node.id, `${name} = ${substitute(line, node, ins)}`);
      }
      this.#values.set(at(node.id, 0), name);
    }
  }

  /** The line that computes a node, if there is one. `model`: what the module is called where the line stands. */
  step({ id }: CheckedNode, model: 'self' | 'model'): string[] {
    const line = this.#lines.get(id);
    return line === undefined ? [] : [model === 'self' ? line : line.replace(/(?<![\w.'"])self\.(?=\w)/g, `${model}.`)];
  }
  value(node: NodeId, output: number): string {
    const name = this.#values.get(at(node, output));
    if (name === undefined) throw new Error(`Nothing was written for output ${output} of node '${node}'.`);
    return name;
  }
  /** A Python name for something else in the script. */
  name(wanted: string): string {
    return this.#names.take(wanted);
  }
}
const at = (node: NodeId, output: number): string => `${output} ${node}`;

/** A node's expression with its operands in place of the names that it uses: `x`, or `x1`, `x2`, … for several wires, or the ports'. */
export function substitute(line: string, node: CheckedNode, ins: readonly string[], layer?: string): string {
  const operands = new Map<string, string>(layer === undefined ? [] : [['layer', layer]]);
  node.inputs.forEach((input, i) => {
    const value = ins[i] ?? '';
    operands.set(input.port, value);
    operands.set(`x${i + 1}`, value);
  });
  return line.replace(/(?<![\w.'"])[A-Za-z_]\w*(?![\w'"]|\s*=(?!=))/g, (name) => operands.get(name) ?? name);
}
