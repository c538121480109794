/** Several nodes at once: what they have in common is set for all of them, in one step of undo. */
import { AlignCenterHorizontal, AlignCenterVertical, AlignEndHorizontal, AlignEndVertical, AlignHorizontalSpaceAround, AlignStartHorizontal, AlignStartVertical, AlignVerticalSpaceAround, Group } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeId, NodeRec, ParamValue } from '../../engine/graph/document.ts';
import type { Alignment } from '../document/editing.ts';
import { type NodeKind, nodeKind, paramValues } from '../document/node-kind.ts';
import { draftAt, subgraphAt } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { useDocument, useEditor, useWorkspace } from '../workspace/context.tsx';
import type { Workspace } from '../workspace/workspace.ts';
import { commonParams } from './mixed.ts';
import { ParamField } from './param-field.tsx';
import { Section } from './parts.tsx';
import { TrainingSection } from './training-section.tsx';

const ALIGNMENTS = [['left', AlignStartVertical], ['center', AlignCenterVertical], ['right', AlignEndVertical], ['top', AlignStartHorizontal], ['middle', AlignCenterHorizontal], ['bottom', AlignEndHorizontal]] as const satisfies readonly (readonly [Alignment, unknown])[];

export function ManyView({ ids }: { readonly ids: readonly NodeId[] }) {
  const { t } = useTranslation('inspector');
  const text = useText();
  const workspace = useWorkspace();
  const { editing, commands } = workspace;
  const path = useEditor((state) => state.path);
  const records = useDocument(({ doc }) => subgraphAt(doc, path).nodes);
  const blocks = useDocument(({ doc }) => doc.blocks);
  const chosen = useMemo(() => ids.flatMap((id): { id: NodeId; node: NodeRec; kind: NodeKind }[] => {
    const node = records[id];
    const kind = node === undefined ? undefined : nodeKind(blocks === undefined ? {} : { blocks }, node);
    return node === undefined || kind === undefined ? [] : [{ id, node, kind }];
  }), [ids, records, blocks]);
  const params = useMemo(() => (chosen.length < ids.length ? [] : commonParams(chosen.map(({ node, kind }) => ({ params: kind.params, values: paramValues(kind, node) })))), [chosen, ids]);
  const kinds = useMemo(() => {
    const counts = new Map<string, { readonly title: NodeKind['title']; readonly count: number }>();
    for (const { node, kind } of chosen) counts.set(node.block ?? node.type, { title: kind.title, count: (counts.get(node.block ?? node.type)?.count ?? 0) + 1 });
    return [...counts.values()];
  }, [chosen]);
  const group = commands.find(({ id }) => id === 'block.group');
  return (
    <>
      <header className="inspector-head">
        <p className="inspector-kind">{t('several')}</p>
        <h2 className="inspector-title">{t('nodes', { count: ids.length })}</h2>
        <p className="inspector-summary">{kinds.map(({ title, count }) => `${text(title)}${count > 1 ? ` × ${String(count)}` : ''}`).join(t('comma'))}</p>
        {group !== undefined && <div className="inspector-actions"><Button icon={Group} onPress={() => void group.run(workspace)}>{t('group')}</Button></div>}
      </header>
      <Section title={t('alignTitle')}>
        <div className="inspector-align">
          {ALIGNMENTS.map(([alignment, icon]) => <IconButton key={alignment} icon={icon} label={t(`align.${alignment}`)} onPress={() => editing.align(alignment)} />)}
          <IconButton icon={AlignHorizontalSpaceAround} label={t('distribute.horizontal')} isDisabled={ids.length < 3} onPress={() => editing.distribute('horizontal')} />
          <IconButton icon={AlignVerticalSpaceAround} label={t('distribute.vertical')} isDisabled={ids.length < 3} onPress={() => editing.distribute('vertical')} />
        </div>
      </Section>
      <Section title={t('parameters')}>
        {params.length === 0 && <p className="inspector-note">{t('nothingCommon')}</p>}
        {params.map(({ name, spec, value }) => <ParamField key={`${name} ${ids.join(' ')}`} name={name} spec={spec} value={value} onChange={(next) => setParamOfAll(workspace, ids, name, next)} />)}
      </Section>
      {chosen.length === ids.length && <TrainingSection ids={ids} nodes={chosen.map(({ node }) => node)} kinds={chosen.map(({ kind }) => kind)} />}
    </>
  );
}

/** One step of undo for all of them, and for all keystrokes of the field. */
function setParamOfAll({ documents, editor }: Pick<Workspace, 'documents' | 'editor'>, ids: readonly NodeId[], param: string, value: ParamValue | undefined): void {
  const { path } = editor.getState();
  documents.edit('edit.set-parameter', (draft) => {
    const { nodes } = draftAt(draft, path);
    for (const id of ids) {
      const node = nodes[id];
      if (node === undefined) continue;
      if (value === undefined) delete node.params[param];
      else node.params[param] = Array.isArray(value) ? [...value] : (value as Exclude<ParamValue, readonly number[]>);
    }
  }, { mergeKey: [...path, 'param', ...ids, param].join('/') });
}
