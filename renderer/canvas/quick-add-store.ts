/** The search for a new node at a point of the canvas: whether it is open, where, and which wire waits for it. */
import { createStore } from 'zustand/vanilla';
import type { PortRef } from '../../engine/graph/document.ts';
import type { Point } from '../document/editing.ts';

export interface WaitingWire {
  readonly port: PortRef;
  /** Which side of its node the port is on. */
  readonly side: 'output' | 'input';
}
export interface QuickAddState {
  readonly isOpen: boolean;
  /** In client coordinates; undefined for the middle of the canvas. */
  readonly at: Point | undefined;
  readonly wire: WaitingWire | undefined;
}

const store = createStore<QuickAddState>(() => ({ isOpen: false, at: undefined, wire: undefined }));

export const quickAdd = {
  ...store,
  /** @param at in client coordinates: the pointer, or where a wire was dropped */
  open: (at?: Point, wire?: WaitingWire): void => store.setState({ isOpen: true, at, wire }),
  close: (): void => store.setState({ isOpen: false, at: undefined, wire: undefined }),
};
