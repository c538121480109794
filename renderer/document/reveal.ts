/** From the name that problems, runs and costs give a node to the node on the screen. */
import type { Workspace } from '../workspace/workspace.ts';
import { subgraphAt } from './scope.ts';

/**
 * Selects the node of a flat id (`block1/conv2`), entering its block where needed, and asks the canvas to
 * bring it into view. False when there is no such node any more.
 */
export function reveal({ documents, editor }: Pick<Workspace, 'documents' | 'editor'>, flatId: string): boolean {
  const ids = flatId.split('/');
  const id = ids.at(-1) ?? '';
  const path = ids.slice(0, -1);
  const { doc } = documents.getState();
  // A path that leads nowhere would show the top level instead.
  const leads = path.every((instance, i) => subgraphAt(doc, path.slice(0, i)).nodes[instance]?.block !== undefined);
  if (!leads || subgraphAt(doc, path).nodes[id] === undefined) return false;
  if (editor.getState().path.join('/') !== path.join('/')) editor.enter(path);
  editor.selectNodes([id]);
  editor.requestReveal([id]);
  return true;
}
