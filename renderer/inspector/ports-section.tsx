/** The ports of a node: what goes in and comes out, of which shape, and where from and to; a press leads there. */
import { useTranslation } from 'react-i18next';
import type { NodeId } from '../../engine/graph/document.ts';
import type { Port } from '../../engine/nodes/node-type.ts';
import { type NodeKind, nameOf } from '../document/node-kind.ts';
import { reveal } from '../document/reveal.ts';
import { useText } from '../i18n/i18n.ts';
import { useDocument, useWorkspace } from '../workspace/context.tsx';
import { Section, TypeLabel } from './parts.tsx';
import { useFlatId, useFound, useWires } from './use-node.ts';

export function PortsSection({ id, kind }: { readonly id: NodeId; readonly kind: Pick<NodeKind, 'inputs' | 'outputs'> }) {
  const { t } = useTranslation('inspector');
  const flat = useFlatId(id);
  const found = useFound(flat);
  const { into, outOf } = useWires(id);
  return (
    <Section title={t('ports')}>
      <ul className="inspector-ports">
        {kind.inputs.map((port) => {
          const wires = into.filter(([, { to }]) => to.port === port.name);
          return (
            <PortRow key={port.name} port={port} side="in">
              {wires.length === 0 && <span className={port.optional === true ? 'muted' : 'inspector-missing'}>{port.optional === true ? t('notConnectedOptional') : t('notConnected')}</span>}
              {wires.map(([edge, { from }]) => <End key={edge} node={from.node} port={from.port} side="in">{port.kind === 'tensor' && <TypeLabel type={found?.inputs.find((each) => each.edge === edge || each.edge.endsWith(`/${edge}`))?.type} />}</End>)}
            </PortRow>
          );
        })}
        {kind.outputs.map((port, i) => {
          const wires = outOf.filter(([, { from }]) => from.port === port.name);
          return (
            <PortRow key={port.name} port={port} side="out">
              {port.kind === 'tensor' && <TypeLabel type={found?.outputs?.[i]} />}
              {wires.length === 0 && <span className="muted">{t('unused')}</span>}
              {wires.map(([edge, { to }]) => <End key={edge} node={to.node} port={to.port} side="out" />)}
            </PortRow>
          );
        })}
      </ul>
    </Section>
  );
}

function PortRow({ port, side, children }: { readonly port: Port; readonly side: 'in' | 'out'; readonly children: React.ReactNode }) {
  const { t } = useTranslation('inspector');
  const text = useText();
  return (
    <li className="inspector-port">
      <span className="inspector-port-name"><span className={`inspector-port-side inspector-port-${side}`}>{side === 'in' ? t('in') : t('out')}</span><b>{port.name}</b><span className="muted">{text(port.title)}</span></span>
      <span className="inspector-port-ends">{children}</span>
    </li>
  );
}

/** The other end of a wire, which a press selects. */
function End({ node, port, side, children }: { readonly node: NodeId; readonly port: string; readonly side: 'in' | 'out'; readonly children?: React.ReactNode }) {
  const { t } = useTranslation('inspector');
  const workspace = useWorkspace();
  const target = useFlatId(node);
  const name = useDocument(({ doc }) => nameOf(doc, target).split(' / ').at(-1) ?? node);
  return (
    <span className="inspector-end">
      {children}
      <span className="muted">{side === 'in' ? t('from') : t('to')}</span>
      <button type="button" className="inspector-link" onClick={() => reveal(workspace, target)}>{name}<span className="muted">.{port}</span></button>
    </span>
  );
}
