/** A wire drawn by keyboard: first one of the focused node's ports, then one of the ports that it fits, nearest first; typing filters. */
import { Cable } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { NodeId, PortRef } from '../../engine/graph/document.ts';
import type { WireFit } from '../../engine/graph/wire-fit.ts';
import type { PortKind } from '../../engine/nodes/node-type.ts';
import { nodeKind } from '../document/node-kind.ts';
import { subgraphAt } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { useWorkspace } from '../workspace/context.tsx';
import { canvasControl } from './canvas-control.ts';
import { Picker, type PickerItem } from './picker.tsx';
import { type Side, fitsOf, portKey } from './wire-fits.ts';
import { wiring } from './wiring-store.ts';

interface PortItem extends PickerItem {
  readonly ref: PortRef;
  readonly side: Side;
  readonly kind: PortKind;
  readonly fit: WireFit | undefined;
}

export function KeyboardWire() {
  const node = useStore(wiring, ({ keyboardFrom }) => keyboardFrom);
  return node === undefined ? null : <OpenKeyboardWire key={node} node={node} />;
}

const boxOf = (node: NodeId): DOMRect | undefined => document.querySelector(`[data-node="${CSS.escape(node)}"]`)?.getBoundingClientRect();

function OpenKeyboardWire({ node }: { readonly node: NodeId }) {
  const { documents, editor, editing, ui } = useWorkspace();
  const { t } = useTranslation('canvas');
  const [query, setQuery] = useState('');
  const held = useStore(wiring, ({ from }) => from);
  const own = usePortsOf(node);
  const others = useOtherPorts(node);
  const items = (held === undefined ? own : others).filter(({ title, note }) => `${title} ${note}`.toLowerCase().includes(query.trim().toLowerCase()));

  const close = (): void => {
    wiring.end();
    wiring.set({ keyboardFrom: undefined });
    canvasControl()?.focus();
  };
  const take = ({ ref, side, kind, fit }: PortItem): void => {
    const { doc } = documents.getState();
    const graph = subgraphAt(doc, editor.getState().path);
    if (held === undefined) {
      wiring.begin({ port: ref, side, kind }, fitsOf(doc, editor.getState().path, ref, side));
      setQuery('');
      return;
    }
    const [from, to] = held.side === 'output' ? [held.port, ref] : [ref, held.port];
    const box = boxOf(ref.node);
    close();
    if (fit?.fits === true) {
      editing.connect(from, to);
      const name = (id: NodeId): string => graph.nodes[id]?.label ?? id;
      ui.announce(t('connected', { from: name(from.node), to: name(to.node) }));
    } else if (fit !== undefined) {
      wiring.set({ misfit: { at: { x: box?.left ?? window.innerWidth / 2, y: box?.bottom ?? window.innerHeight / 2 }, from, to, fit, moved: undefined } });
    }
  };
  const box = boxOf(node);
  const label = held === undefined ? t('chooseOwnPort') : t('chooseOtherPort');
  return (
    <Picker
      key={held === undefined ? 'own' : 'other'} label={label} listLabel={label} placeholder={label} icon={Cable} at={box === undefined ? undefined : { x: box.right + 12, y: box.top }}
      query={query} onQuery={setQuery} items={items} empty={t('nothingFits', { query })} onTake={take} onClose={close}
    />
  );
}

function usePortsOf(node: NodeId): readonly PortItem[] {
  const { documents, editor } = useWorkspace();
  const { t } = useTranslation('canvas');
  const text = useText();
  const { doc } = documents.getState();
  const record = subgraphAt(doc, editor.getState().path).nodes[node];
  const kind = record === undefined ? undefined : nodeKind(doc, record);
  return (['output', 'input'] as const).flatMap((side) => ((side === 'output' ? kind?.outputs : kind?.inputs) ?? []).map((port): PortItem => ({
    key: portKey({ node, port: port.name }, side), title: `${text(port.title)} (${port.name})`, note: t(side === 'input' ? 'input' : 'output'), ref: { node, port: port.name }, side, kind: port.kind, fit: undefined,
  })));
}

/** The ports that the held one could be wired to: what fits first, then what could be repaired; the rest says why not. */
function useOtherPorts(node: NodeId): readonly PortItem[] {
  const { documents, editor } = useWorkspace();
  const text = useText();
  const held = useStore(wiring, ({ from }) => from);
  const fits = useStore(wiring, (state) => state.fits);
  if (held === undefined) return [];
  const { doc } = documents.getState();
  const { nodes } = subgraphAt(doc, editor.getState().path);
  const side: Side = held.side === 'output' ? 'input' : 'output';
  const here = nodes[node]?.position ?? { x: 0, y: 0 };
  const distance = (id: NodeId): number => Math.hypot((nodes[id]?.position.x ?? 0) - here.x, (nodes[id]?.position.y ?? 0) - here.y);
  const rank = ({ fit }: PortItem): number => (fit === undefined ? 3 : fit.fits ? 0 : fit.repair === undefined ? 2 : 1);
  return Object.entries(nodes).filter(([id]) => id !== node).sort(([a], [b]) => distance(a) - distance(b)).flatMap(([id, target]) => {
    const kind = nodeKind(doc, target);
    return ((side === 'input' ? kind?.inputs : kind?.outputs) ?? []).map((port): PortItem => {
      const ref = { node: id, port: port.name };
      const fit = fits.get(portKey(ref, side));
      const why = fit === undefined || fit.fits ? undefined : text(fit.why);
      return { key: portKey(ref, side), title: `${target.label ?? id} · ${text(port.title)}`, note: why ?? (kind === undefined ? '' : text(kind.title)), ref, side, kind: port.kind, fit, isDisabled: fit?.fits !== true && (fit === undefined || fit.repair === undefined) };
    });
  }).sort((a, b) => rank(a) - rank(b));
}
