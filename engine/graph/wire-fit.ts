/** Whether a wire that is still being dragged would fit, and if not why, in words, with a way out. */
import type { Repair, Text } from '../nodes/node-type.ts';
import type { GraphDoc, PortRef } from './document.ts';

export type WireFit =
  | { readonly fits: true; /** The wire that it would take the place of. */ readonly replaces?: string }
  | { readonly fits: false; readonly why: Text; readonly repair?: Repair };

/**
 * @param doc the document, or the inside of a block as a document of its own (`subgraph` with `blocks`)
 */
export function fitWire(_doc: GraphDoc, from: PortRef, to: PortRef): WireFit {
  return from.node === to.node ? { fits: false, why: { en: 'A node cannot feed itself.', zh: '节点不能连接到自身。' } } : { fits: true };
}
