/** A wire: what travels along it, between which ports, and its end. */
import { Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EdgeId, PortRef } from '../../engine/graph/document.ts';
import { nameOf, nodeKind } from '../document/node-kind.ts';
import { reveal } from '../document/reveal.ts';
import { flatId, subgraphAt } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { keyedProblems } from '../problems/keyed-problems.ts';
import { ProblemText, RepairButton, Severity } from '../problems/problem-item.tsx';
import { Button } from '../ui/buttons.tsx';
import { useChecks, useDocument, useEditor, useWorkspace } from '../workspace/context.tsx';
import { Row, Section, TypeLabel } from './parts.tsx';
import { useFlatId, useFound } from './use-node.ts';

export function WireView({ id, others }: { readonly id: EdgeId; readonly others: number }) {
  const { t } = useTranslation('inspector');
  const path = useEditor((state) => state.path);
  const edge = useDocument(({ doc }) => subgraphAt(doc, path).edges[id]);
  return edge === undefined ? null : <Wire id={id} from={edge.from} to={edge.to} title={others > 0 ? t('wires', { count: others + 1 }) : t('wire')} />;
}

function Wire({ id, from, to, title }: { readonly id: EdgeId; readonly from: PortRef; readonly to: PortRef; readonly title: string }) {
  const { t } = useTranslation('inspector');
  const text = useText();
  const { editing, editor } = useWorkspace();
  const path = useEditor((state) => state.path);
  const doc = useDocument((state) => state.doc);
  const source = subgraphAt(doc, path).nodes[from.node];
  const kind = source === undefined ? undefined : nodeKind(doc, source);
  const index = kind?.outputs.findIndex(({ name }) => name === from.port) ?? -1;
  const port = kind?.outputs[index];
  const found = useFound(useFlatId(from.node));
  const type = found?.outputs?.[index];
  const problems = useChecks((state) => state.problems);
  const flat = flatId(path, id);
  const own = useMemo(() => keyedProblems(problems.filter(({ edge }) => edge === flat)), [problems, flat]);
  return (
    <>
      <header className="inspector-head">
        <p className="inspector-kind">{title}</p>
        <h2 className="inspector-title">{port?.kind === 'tensor' ? <TypeLabel type={type} /> : t(`wireKind.${port?.kind ?? 'tensor'}`)}</h2>
        {type?.classes !== undefined && <p className="inspector-summary">{t('classes', { count: type.classes })}</p>}
        <div className="inspector-actions"><Button tone="danger" icon={Trash2} onPress={() => editing.disconnect(editor.getState().selection.edges)}>{t('deleteWire')}</Button></div>
      </header>
      {own.length > 0 && <ul className="inspector-problems" aria-label={t('problems')}>{own.map(({ id: key, problem }) => <li key={key} className={`inspector-problem inspector-problem-${problem.severity}`}><Severity of={problem.severity} /><span><ProblemText problem={problem} /></span><RepairButton problem={problem} /></li>)}</ul>}
      <Section title={t('ends')}>
        <Row label={t('from')}><End at={from} title={port === undefined ? '' : text(port.title)} /></Row>
        <Row label={t('to')}><End at={to} title="" /></Row>
      </Section>
    </>
  );
}

function End({ at, title }: { readonly at: PortRef; readonly title: string }) {
  const workspace = useWorkspace();
  const flat = useFlatId(at.node);
  const name = useDocument(({ doc }) => nameOf(doc, flat).split(' / ').at(-1) ?? at.node);
  return <span><button type="button" className="inspector-link" onClick={() => reveal(workspace, flat)}>{name}<span className="muted">.{at.port}</span></button> <span className="muted">{title}</span></span>;
}
