/** A document with its stores and its editing, as the window has them, and ways to judge a document. */
import { type GraphDoc, type Subgraph, BLOCK_TYPE } from '../../../engine/graph/document.ts';
import { parseDocument, serializeDocument } from '../../../engine/graph/parse.ts';
import { portsOf } from '../../../engine/graph/blocks.ts';
import { createEditing } from '../../../renderer/document/create-editing.ts';
import { createEditorStore } from '../../../renderer/document/editor-store.ts';
import { subgraphAt } from '../../../renderer/document/scope.ts';
import { createDocumentStore } from '../../../renderer/document/store.ts';

export function workbench(doc: GraphDoc, clock: () => number = () => 0) {
  const documents = createDocumentStore(doc, clock);
  const editor = createEditorStore();
  const editing = createEditing(documents, editor);
  return {
    documents, editor, editing,
    doc: (): GraphDoc => documents.getState().doc,
    graph: (): Subgraph => subgraphAt(documents.getState().doc, editor.getState().path),
    select: (...ids: readonly string[]): void => editor.selectNodes(ids),
    /** Wires as `a.y -> b.x`, sorted. */
    wires: (): readonly string[] => Object.values(subgraphAt(documents.getState().doc, editor.getState().path).edges).map(({ from, to }) => `${from.node}.${from.port} -> ${to.node}.${to.port}`).sort(),
  };
}

/** What is wrong with the structure of a document, whatever the network in it is worth. */
export function structuralFaults(doc: GraphDoc): readonly string[] {
  const faults: string[] = [];
  const read = parseDocument(JSON.stringify(doc));
  if (read.problem !== undefined) faults.push(read.problem.message);
  const written = parseDocument(serializeDocument(doc));
  if (written.problem !== undefined) faults.push(written.problem.message);
  const check = (where: string, graph: Subgraph): void => {
    for (const [id, { from, to }] of Object.entries(graph.edges)) {
      for (const [side, ref] of [['outputs', from], ['inputs', to]] as const) {
        const node = graph.nodes[ref.node];
        if (node === undefined) faults.push(`${where}${id}: no node ${ref.node}`);
        else if (portsOf(doc, node)?.[side].some(({ name }) => name === ref.port) !== true) faults.push(`${where}${id}: ${ref.node} has no ${side} ${ref.port}`);
      }
    }
    const singles = Object.entries(graph.edges).map(([id, { to }]) => ({ id, key: `${to.node}.${to.port}`, multiple: graph.nodes[to.node] === undefined || portsOf(doc, graph.nodes[to.node]!)?.inputs.find(({ name }) => name === to.port)?.multiple === true }));
    for (const { id, key, multiple } of singles) if (!multiple && singles.some((other) => other.id !== id && other.key === key)) faults.push(`${where}${id}: ${key} has two wires`);
    for (const [id, node] of Object.entries(graph.nodes)) {
      if ((node.type === BLOCK_TYPE) !== (node.block !== undefined && doc.blocks?.[node.block] !== undefined)) faults.push(`${where}${id}: an instance of nothing`);
      if (!Number.isInteger(node.position.x * 2 ** 20)) faults.push(`${where}${id}: lies at ${node.position.x}`);
    }
  };
  check('', doc);
  for (const [block, definition] of Object.entries(doc.blocks ?? {})) {
    check(`${block}/`, definition);
    for (const { name, to } of definition.inputs) for (const ref of to) if (definition.nodes[ref.node] === undefined) faults.push(`${block}: input ${name} leads to ${ref.node}`);
    for (const { name, from } of definition.outputs) if (definition.nodes[from.node] === undefined) faults.push(`${block}: output ${name} comes from ${from.node}`);
    for (const { name, node } of definition.params) if (definition.nodes[node] === undefined) faults.push(`${block}: parameter ${name} is of ${node}`);
    for (const { names, what } of [{ names: definition.inputs.map(({ name }) => name), what: 'inputs' }, { names: definition.outputs.map(({ name }) => name), what: 'outputs' }, { names: definition.params.map(({ name, node, param }) => `${name} ${node} ${param}`), what: 'parameters' }]) {
      if (new Set(names).size < names.length) faults.push(`${block}: two ${what} alike`);
    }
    if (reaches(doc, block, block)) faults.push(`${block}: holds itself`);
  }
  return faults;
}

function reaches(doc: GraphDoc, from: string, block: string, seen = new Set<string>()): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  return Object.values(doc.blocks?.[from]?.nodes ?? {}).some((node) => node.block !== undefined && (node.block === block || reaches(doc, node.block, block, seen)));
}
