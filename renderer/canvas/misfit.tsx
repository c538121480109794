/** What is said while a wire is held over a port that it does not fit, and what is offered when it is dropped there. */
import { useStore as useFlowStore } from '@xyflow/react';
import { Wrench } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { PortRef } from '../../engine/graph/document.ts';
import type { Problem } from '../../engine/graph/problem.ts';
import type { WireFit } from '../../engine/graph/wire-fit.ts';
import { nodeKind } from '../document/node-kind.ts';
import { type BlockPath, flatId, subgraphAt } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { repairText } from '../problems/repair-text.ts';
import { type MenuEntry, MenuList } from '../ui/overlays.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { canvasControl } from './canvas-control.ts';
import { portKey, portOf } from './wire-fits.ts';
import { wiring } from './wiring-store.ts';

/** Beside the pointer: why the port that the wire is held over does not take it. Follows the pointer without React. */
export function MisfitHint() {
  const { t } = useTranslation('canvas');
  const text = useText();
  const { documents, editor } = useWorkspace();
  const over = useFlowStore(({ connection }) => (connection.inProgress && connection.toHandle !== null ? portKey({ node: connection.toHandle.nodeId, port: connection.toHandle.id ?? '' }, connection.toHandle.type === 'target' ? 'input' : 'output') : undefined));
  const held = useStore(wiring, ({ from }) => from);
  const fit = useStore(wiring, ({ fits }) => (over === undefined ? undefined : fits.get(over)));
  const isDrawing = held !== undefined;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isDrawing) return undefined;
    const follow = (event: PointerEvent | MouseEvent): void => {
      if (box.current !== null) box.current.style.transform = `translate(${event.clientX + 16}px, ${event.clientY + 18}px)`;
    };
    window.addEventListener('mousemove', follow);
    return () => window.removeEventListener('mousemove', follow);
  }, [isDrawing]);
  if (!isDrawing) return null;
  const repair = over === undefined || fit === undefined || fit.fits ? undefined : repairText(documents.getState().doc, problemOf(fit, editor.getState().path, held?.side === 'output' ? portOf(over) : (held?.port ?? portOf(over))), text);
  return (
    <div ref={box} className="canvas-hint" role="status" hidden={fit === undefined || fit.fits}>
      {fit !== undefined && !fit.fits && (
        <>
          <p>{text(fit.why)}</p>
          {repair !== undefined && <p className="canvas-hint-repair"><Wrench size={13} aria-hidden /> {t('dropToRepair', { repair })}</p>}
        </>
      )}
    </div>
  );
}

/** The question after a drop on a port that does not fit. */
export function MisfitMenu() {
  const misfit = useStore(wiring, (state) => state.misfit);
  const workspace = useWorkspace();
  const { documents, editor, editing } = workspace;
  const { t } = useTranslation('canvas');
  const text = useText();
  const anchor = useRef<HTMLDivElement>(null);
  if (misfit === undefined) return null;
  const { at, from, to, fit, moved } = misfit;
  const close = (): void => {
    wiring.set({ misfit: undefined });
    canvasControl()?.focus();
  };
  const connect = (): void => {
    if (moved === undefined) editing.connect(from, to);
    else editing.reconnect(moved, { from, to });
  };
  const problem = problemOf(fit, editor.getState().path, to);
  const repair = repairText(documents.getState().doc, problem, text);
  const items: MenuEntry[] = [
    ...(repair === undefined ? [] : [{ id: 'repair', title: repair }]),
    ...(canConnectAnyway(workspace, from, to) ? [{ id: 'anyway', title: t('connectAnyway') }] : []),
    { id: 'cancel', title: t('cancel') },
  ];
  return (
    <>
      <div ref={anchor} className="canvas-anchor" style={{ left: at.x, top: at.y }} />
      <Popover className="ui-popover canvas-misfit" triggerRef={anchor} isOpen onOpenChange={(open) => !open && close()} placement="bottom start" offset={4}>
        <p className="canvas-misfit-why">{text(fit.why)}</p>
        <MenuList label={t('misfit')} groups={[{ items }]} onAction={(id) => {
          if (id === 'anyway') connect();
          else if (id === 'repair') documents.together('edit.connect', () => {
            connect();
            editing.repair(problem);
          });
          close();
        }} />
      </Popover>
    </>
  );
}

/** What the checker would say of the wire, in the form in which repairs are taken. */
const problemOf = (fit: Extract<WireFit, { fits: false }>, path: BlockPath, to: PortRef): Problem => ({
  code: 'shape-mismatch', severity: 'error', message: fit.why.en, text: fit.why, node: flatId(path, to.node), port: to.port, ...(fit.repair === undefined ? {} : { repair: fit.repair }),
});

/** Only ports of one kind can be joined at all, and no node to itself; a shape can be mended afterwards. */
function canConnectAnyway({ documents, editor }: ReturnType<typeof useWorkspace>, from: PortRef, to: PortRef): boolean {
  const { doc } = documents.getState();
  const { nodes } = subgraphAt(doc, editor.getState().path);
  const [source, sink] = [nodes[from.node], nodes[to.node]];
  if (source === undefined || sink === undefined || from.node === to.node) return false;
  const output = nodeKind(doc, source)?.outputs.find(({ name }) => name === from.port);
  const input = nodeKind(doc, sink)?.inputs.find(({ name }) => name === to.port);
  return output !== undefined && output.kind === input?.kind;
}
