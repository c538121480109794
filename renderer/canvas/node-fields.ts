/** The fields on a node itself, for the keyboard: Enter goes to the first one. */
import type { NodeId } from '../../engine/graph/document.ts';

/** False where the node has none, or none that can be read: it is collapsed, out of sight, or the canvas is far away. */
export function focusNodeField(node: NodeId): boolean {
  const field = document.querySelector<HTMLElement>(`.canvas[data-detail='near'] [data-node="${CSS.escape(node)}"] .canvas-param-field :is(input, button)`);
  field?.focus({ preventScroll: true });
  return field !== null;
}
