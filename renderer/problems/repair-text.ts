/** What a repair will do, in words, before it is taken: "Insert Flatten before 'fc1'". */
import type { GraphDoc, ParamValue } from '../../engine/graph/document.ts';
import type { Problem } from '../../engine/graph/problem.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { nameOf, nodeKind } from '../document/node-kind.ts';
import { subgraphAt } from '../document/scope.ts';
import { translate } from '../i18n/i18n.ts';

export function repairText(doc: GraphDoc, problem: Problem, text: (text: Text) => string): string | undefined {
  const { repair } = problem;
  if (repair === undefined) return undefined;
  const at = repair.node ?? problem.node;
  const node = at === undefined ? '' : nameOf(doc, at);
  const titleOf = (type: string): string => {
    const title = nodeType(type)?.title;
    return title === undefined ? type : text(title);
  };
  switch (repair.kind) {
    case 'insert-node': return translate('problems:repair.insert', { type: titleOf(repair.type), node });
    case 'set-param': return translate(at === problem.node ? 'problems:repair.set' : 'problems:repair.setOf', { param: paramTitle(doc, at, repair.param, text), value: shown(repair.value), node });
    case 'remove-param': return translate('problems:repair.removeParam', { param: repair.param, node });
    case 'set-muted': return translate(repair.muted ? 'problems:repair.mute' : 'problems:repair.unmute', { node });
    case 'set-trainer': return repair.optimizer === undefined ? translate('problems:repair.trainedByWires', { count: repair.nodes.length }) : translate('problems:repair.trainedBy', { optimizer: nameOf(doc, repair.optimizer), count: repair.nodes.length });
    case 'remove-node': return translate('problems:repair.removeNode', { node });
    case 'remove-edge': return translate('problems:repair.removeWire');
    case 'connect': return translate('problems:repair.connect', { port: repair.port, node });
    case 'add-node': return translate('problems:repair.add', { type: titleOf(repair.type) });
  }
}

function paramTitle(doc: GraphDoc, flatId: string | undefined, param: string, text: (text: Text) => string): string {
  const ids = flatId?.split('/') ?? [];
  const node = subgraphAt(doc, ids.slice(0, -1)).nodes[ids.at(-1) ?? ''];
  const spec = node === undefined ? undefined : nodeKind(doc, node)?.params[param];
  return spec === undefined ? param : text(spec.title);
}

const shown = (value: ParamValue): string => (Array.isArray(value) ? `[${value.join(', ')}]` : String(value));
