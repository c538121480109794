/** One node: name, parameters, ports, shapes, weights, how it is trained, and what is wrong with it. */
import { BookOpen, CornerDownRight, PackageOpen } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeId, NodeRec } from '../../engine/graph/document.ts';
import { type NodeKind, paramValue, paramValues } from '../document/node-kind.ts';
import { useText } from '../i18n/i18n.ts';
import { CATEGORIES } from '../palette/categories.ts';
import { ProblemText, RepairButton, Severity } from '../problems/problem-item.tsx';
import { keyedProblems } from '../problems/keyed-problems.ts';
import { Button } from '../ui/buttons.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { useChecks, useEditor, useWorkspace } from '../workspace/context.tsx';
import { BlockSection } from './block-section.tsx';
import { ParamField } from './param-field.tsx';
import { DraftText, Section, categoryStyle } from './parts.tsx';
import { PortsSection } from './ports-section.tsx';
import { SamplesSection } from './samples-section.tsx';
import { ShapesSection } from './shapes-section.tsx';
import { TrainingSection } from './training-section.tsx';
import { useFlatId, useKind, useNode } from './use-node.ts';

export function NodeView({ id }: { readonly id: NodeId }) {
  const { t } = useTranslation('inspector');
  const node = useNode(id);
  const kind = useKind(node);
  if (node === undefined) return <EmptyState title={t('gone')} />;
  if (kind === undefined) return <><Head id={id} node={node} kind={undefined} /><NodeProblems id={id} /><EmptyState title={t('unknownType', { type: node.block ?? node.type })}><p>{t('unknownTypeMore')}</p></EmptyState></>;
  return (
    <>
      <Head id={id} node={node} kind={kind} />
      <NodeProblems id={id} />
      <Params id={id} node={node} kind={kind} />
      {kind.block !== undefined && <BlockSection id={id} node={node} block={kind.block.id} definition={kind.block.definition} />}
      {kind.definition?.data !== undefined && <SamplesSection id={id} node={node} definition={kind.definition} />}
      <ShapesSection id={id} node={node} kind={kind} />
      <PortsSection id={id} kind={kind} />
      <TrainingSection ids={[id]} nodes={[node]} kinds={[kind]} />
    </>
  );
}

function Head({ id, node, kind }: { readonly id: NodeId; readonly node: NodeRec; readonly kind: NodeKind | undefined }) {
  const { t } = useTranslation('inspector');
  const text = useText();
  const { editing, editor, ui } = useWorkspace();
  const path = useEditor((state) => state.path);
  const Icon = kind === undefined ? undefined : CATEGORIES[kind.category].icon;
  return (
    <header className="inspector-head" style={kind === undefined ? {} : categoryStyle(kind.category)}>
      <p className="inspector-kind">{Icon !== undefined && <Icon size={14} aria-hidden />}{kind === undefined ? node.type : text(kind.title)}{kind !== undefined && <span className="muted">{text(CATEGORIES[kind.category].title)}</span>}</p>
      <DraftText label={t('name')} value={node.label ?? id} onChange={(label) => editing.rename(id, label)} className="inspector-name" />
      {kind?.definition !== undefined && <p className="inspector-summary">{text(kind.definition.summary)}</p>}
      <div className="inspector-actions">
        {kind?.definition !== undefined && <Button tone="quiet" icon={BookOpen} onPress={() => ui.show({ right: 'docs' })}>{t('openDocs')}</Button>}
        {kind?.block !== undefined && <Button icon={CornerDownRight} onPress={() => editor.enter([...path, id])}>{t('enterBlock')}</Button>}
        {kind?.block !== undefined && <Button icon={PackageOpen} onPress={() => void editing.unpack(id)}>{t('unpackBlock')}</Button>}
      </div>
    </header>
  );
}

function Params({ id, node, kind }: { readonly id: NodeId; readonly node: NodeRec; readonly kind: NodeKind }) {
  const { t } = useTranslation('inspector');
  const { editing } = useWorkspace();
  const values = paramValues(kind, node);
  const shown = Object.entries(kind.params).filter(([, spec]) => spec.when?.(values) ?? true);
  if (shown.length === 0) return null;
  return (
    <Section title={t('parameters')}>
      {shown.map(([name, spec]) => <ParamField key={name} name={name} spec={spec} value={paramValue(spec, node, name)} onChange={(value) => editing.setParam(id, name, value)} />)}
    </Section>
  );
}

function NodeProblems({ id }: { readonly id: NodeId }) {
  const { t } = useTranslation('inspector');
  const flat = useFlatId(id);
  const problems = useChecks((state) => state.problems);
  // A block answers for what is wrong inside of it.
  const own = useMemo(() => keyedProblems(problems.filter(({ node }) => node === flat || node?.startsWith(`${flat}/`) === true)), [problems, flat]);
  if (own.length === 0) return null;
  return (
    <ul className="inspector-problems" aria-label={t('problems')}>
      {own.map(({ id: key, problem }) => <li key={key} className={`inspector-problem inspector-problem-${problem.severity}`}><Severity of={problem.severity} /><span><ProblemText problem={problem} /></span><RepairButton problem={problem} /></li>)}
    </ul>
  );
}
