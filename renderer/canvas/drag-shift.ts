/**
 * How far what is being dragged has come from where React Flow has it. A pointer move shifts the dragged
 * elements themselves and draws their wires anew, and nothing else: handing new positions to React Flow
 * would let a thousand nodes, their ports and wires look whether they are meant.
 */
import { createStore } from 'zustand/vanilla';
import type { Point } from '../document/editing.ts';

export type Shifts = ReadonlyMap<string, Point>;
const NONE: Shifts = new Map();
const STILL: Point = { x: 0, y: 0 };

const store = createStore<{ readonly shifts: Shifts }>(() => ({ shifts: NONE }));
/** The elements that are shifted, which may leave the page in the meantime. */
let elements = new Map<string, HTMLElement>();

const elementOf = (id: string): HTMLElement | undefined => {
  const known = elements.get(id);
  if (known?.isConnected === true) return known;
  const found = document.querySelector<HTMLElement>(`.canvas .react-flow__node[data-id="${CSS.escape(id)}"]`);
  if (found !== null) elements.set(id, found);
  return found ?? undefined;
};

export const dragShift = {
  subscribe: store.subscribe,
  getState: store.getState,
  getInitialState: store.getInitialState,
  /** By flow id, in the document's units. */
  set(shifts: Shifts): void {
    for (const [id, { x, y }] of shifts) {
      const element = elementOf(id);
      if (element !== undefined) element.style.translate = `${x}px ${y}px`;
    }
    store.setState({ shifts });
  },
  /** Everything is where React Flow has it. */
  clear(): void {
    for (const element of elements.values()) element.style.translate = '';
    elements = new Map();
    if (store.getState().shifts !== NONE) store.setState({ shifts: NONE });
  },
};

/** Of one node; the same object while it does not move. */
export const shiftOf = (shifts: Shifts, id: string): Point => shifts.get(id) ?? STILL;
