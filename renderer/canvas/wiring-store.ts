/**
 * The wire that is being drawn, by mouse or keyboard: which ports it fits and why not the others, what
 * waits for an answer after a drop, and which wire a dragged node would be inserted into. Ports and
 * wires read one value each, so that pointer moves draw nothing anew.
 */
import { createStore } from 'zustand/vanilla';
import type { EdgeId, PortRef } from '../../engine/graph/document.ts';
import type { PortKind } from '../../engine/nodes/node-type.ts';
import type { WireFit } from '../../engine/graph/wire-fit.ts';
import type { Point } from '../document/editing.ts';
import type { Side } from './wire-fits.ts';

export interface WiringState {
  /** The end that is held fast; undefined while no wire is drawn. */
  readonly from: { readonly port: PortRef; readonly side: Side; readonly kind: PortKind } | undefined;
  /** By `portKey`, all ports on the other side. */
  readonly fits: ReadonlyMap<string, WireFit>;
  /** A wire dropped on empty canvas, drawn on until the search is answered; both ends in the document's coordinates. */
  readonly ghost: { readonly from: Point; readonly to: Point; readonly kind: PortKind; readonly side: Side } | undefined;
  /** A wire dropped on a port that it does not fit: what to do about it is asked at this client point. */
  readonly misfit: { readonly at: Point; readonly from: PortRef; readonly to: PortRef; readonly fit: Extract<WireFit, { fits: false }>; readonly moved: EdgeId | undefined } | undefined;
  /** The wire under a node that is being dragged or dropped. */
  readonly dropEdge: EdgeId | undefined;
  /** The wires on the way through the one that is pointed at; undefined while none is. */
  readonly traced: ReadonlySet<EdgeId> | undefined;
  /** A wire is drawn by keyboard from this node. */
  readonly keyboardFrom: string | undefined;
}

const store = createStore<WiringState>(() => ({ from: undefined, fits: new Map(), ghost: undefined, misfit: undefined, dropEdge: undefined, traced: undefined, keyboardFrom: undefined }));

export const wiring = {
  ...store,
  begin: (from: NonNullable<WiringState['from']>, fits: WiringState['fits']): void => store.setState({ from, fits, ghost: undefined, misfit: undefined }),
  end: (): void => store.setState({ from: undefined, fits: new Map() }),
  set: (part: Partial<Pick<WiringState, 'ghost' | 'misfit' | 'dropEdge' | 'traced' | 'keyboardFrom'>>): void => store.setState(part),
};
