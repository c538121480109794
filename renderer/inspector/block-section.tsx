/** A block: its name and ports for all of its instances, which parameters they may set, and whether they share weights. */
import { EyeOff, Plus } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlockDef, BlockId, GraphDoc, NodeId, NodeRec } from '../../engine/graph/document.ts';
import { nodeKind } from '../document/node-kind.ts';
import { flatId } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { MenuButton } from '../ui/overlays.tsx';
import { useDocument, useEditor, useWorkspace } from '../workspace/context.tsx';
import { DraftText, Row, Section } from './parts.tsx';

export function BlockSection({ id, node, block, definition }: { readonly id: NodeId; readonly node: NodeRec; readonly block: BlockId; readonly definition: BlockDef }) {
  const { t } = useTranslation('inspector');
  const { editing } = useWorkspace();
  const doc = useDocument((state) => state.doc);
  const path = useEditor((state) => state.path);
  const instances = useMemo(() => instancesOf(doc, block), [doc, block]);
  const flat = flatId(path, id);
  const sharing = node.weightGroup === undefined ? [] : instances.filter((other) => other.node.weightGroup === node.weightGroup && other.id !== flat);
  return (
    <>
      <DefinitionSection block={block} definition={definition} instances={instances.length} />
      <Section title={t('weightGroup')}>
        <DraftText label={t('weightGroup')} placeholder={t('ownWeights')} value={node.weightGroup ?? ''} when="end" onChange={(weightGroup) => editing.setNode([id], { weightGroup })} />
        <p className="inspector-note">{sharing.length > 0 ? t('sharesWith', { nodes: sharing.map(({ name }) => name).join(t('comma')) }) : t('weightGroupHelp')}</p>
      </Section>
    </>
  );
}

/** The block that is shown, where nothing inside of it is selected. */
export function ShownBlock({ block, definition }: { readonly block: BlockId; readonly definition: BlockDef }) {
  const { t } = useTranslation('inspector');
  const doc = useDocument((state) => state.doc);
  const instances = useMemo(() => instancesOf(doc, block).length, [doc, block]);
  return (
    <>
      <header className="inspector-head"><p className="inspector-kind">{t('block')}</p><h2 className="inspector-title">{definition.name}</h2></header>
      <DefinitionSection block={block} definition={definition} instances={instances} />
    </>
  );
}

/** What all instances have in common. */
function DefinitionSection({ block, definition, instances }: { readonly block: BlockId; readonly definition: BlockDef; readonly instances: number }) {
  const { t } = useTranslation('inspector');
  const { editing } = useWorkspace();
  return (
    <>
      <Section title={t('block')}>
        <Row label={t('blockName')}><DraftText label={t('blockName')} value={definition.name} when="end" onChange={(name) => editing.renameBlock(block, name)} /></Row>
        {definition.inputs.map(({ name }) => <Row key={`in ${name}`} label={t('in')}><DraftText label={t('inputName', { name })} value={name} when="end" onChange={(next) => editing.renamePort(block, 'input', name, next)} /></Row>)}
        {definition.outputs.map(({ name }) => <Row key={`out ${name}`} label={t('out')}><DraftText label={t('outputName', { name })} value={name} when="end" onChange={(next) => editing.renamePort(block, 'output', name, next)} /></Row>)}
        <p className="inspector-note">{t('instances', { count: instances })}</p>
      </Section>
      <ExposedParams block={block} definition={definition} />
    </>
  );
}

function ExposedParams({ block, definition }: { readonly block: BlockId; readonly definition: BlockDef }) {
  const { t } = useTranslation('inspector');
  const text = useText();
  const { editing } = useWorkspace();
  const blocks = useDocument(({ doc }) => doc.blocks);
  const candidates = useMemo(() => Object.entries(definition.nodes).flatMap(([id, node]) => {
    const kind = nodeKind(blocks === undefined ? {} : { blocks }, node);
    const open = Object.entries(kind?.params ?? {}).filter(([param]) => !definition.params.some((each) => each.node === id && each.param === param));
    // One that is called as an exposed one is may be set together with it: the filters of two convolutions.
    const items = open.flatMap(([param, { title }]) => [undefined, ...new Set(definition.params.filter((each) => each.param === param).map(({ name }) => name))]
      .map((together) => ({ id: [id, param, together ?? []].flat().join('/'), title, together })));
    return items.length === 0 ? [] : [{ title: node.label ?? id, items }];
  }), [blocks, definition]);
  const expose = (key: string): void => {
    const [node = '', param = '', together] = key.split('/');
    if (together !== undefined) {
      editing.exposeParam(block, node, param, together);
      return;
    }
    const names = new Set(definition.params.map(({ name }) => name));
    let name = param;
    for (let n = 2; names.has(name); n++) name = `${param}${String(n)}`;
    editing.exposeParam(block, node, param, name);
  };
  return (
    <Section title={t('exposed')} aside={candidates.length > 0 && (
      <MenuButton label={t('expose')} onAction={expose} trigger={<Button tone="quiet" icon={Plus}>{t('expose')}</Button>}
        groups={candidates.map(({ title, items }) => ({ title, items: items.map(({ id, title: param, together }) => ({ id, title: together === undefined ? text(param) : t('exposeTogether', { param: text(param), name: together }) })) }))} />
    )}>
      {definition.params.length === 0 && <p className="inspector-note">{t('nothingExposed')}</p>}
      <ul className="inspector-ports">
        {[...new Set(definition.params.map(({ name }) => name))].map((name) => (
          <li key={name} className="inspector-exposed"><b>{name}</b><span className="muted">{definition.params.filter((each) => each.name === name).map(({ node, param }) => `${definition.nodes[node]?.label ?? node}.${param}`).join(t('comma'))}</span><IconButton icon={EyeOff} label={t('hide', { name })} onPress={() => editing.hideParam(block, name)} /></li>
        ))}
      </ul>
    </Section>
  );
}

interface Instance {
  readonly id: string;
  readonly name: string;
  readonly node: NodeRec;
}
/** Every instance, those inside other blocks once for their definition. */
function instancesOf(doc: GraphDoc, block: BlockId): readonly Instance[] {
  const of = (prefix: string, nodes: GraphDoc['nodes']): Instance[] => Object.entries(nodes).flatMap(([id, node]) => (node.block === block ? [{ id: prefix === '' ? id : `${prefix}/${id}`, name: node.label ?? id, node }] : []));
  return [...of('', doc.nodes), ...Object.values(doc.blocks ?? {}).flatMap((definition) => of(definition.name, definition.nodes))];
}
