/** What a node type is and does: the one that is selected, or any that is searched for. */
import { List } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { nodeType } from '../../engine/nodes/registry.ts';
import { useText } from '../i18n/i18n.ts';
import { categoryStyle } from '../inspector/parts.tsx';
import { knownTypes, useFlatId, useFound, useKind, useNode } from '../inspector/use-node.ts';
import { CATEGORIES, type ShownCategory } from '../palette/categories.ts';
import { type FoundEntry, searchNodeTypes } from '../palette/search.ts';
import { Button } from '../ui/buttons.tsx';
import { SearchField } from '../ui/fields.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { useEditor } from '../workspace/context.tsx';
import { DocPage } from './doc-page.tsx';
import './docs.css';

export function DocsPanel() {
  const { t } = useTranslation('docs');
  const focus = useEditor((state) => state.focus);
  const [query, setQuery] = useState('');
  /** What was searched for stays until another node is selected. */
  const [looked, setLooked] = useState<{ readonly type: string; readonly focus: string | undefined }>();
  const shown = looked !== undefined && looked.focus === focus ? looked.type : undefined;
  const shownType = shown === undefined ? undefined : nodeType(shown);
  /** No type at all: the list of them. */
  const openIndex = (): void => setLooked({ type: '', focus });
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [shown, focus]);
  const open = (type: string): void => {
    setLooked({ type, focus });
    setQuery('');
  };
  const found = useMemo(() => searchNodeTypes(query), [query]);
  const [best] = found;
  return (
    <section className="docs-panel" aria-label={t('title')}>
      <div className="docs-search">
        <SearchField label={t('search')} hideLabel placeholder={t('search')} value={query} onChange={setQuery} onKeyDown={(event) => {
          if (event.key === 'Enter' && query.trim() !== '' && best !== undefined) open(best.node.type);
        }} />
      </div>
      <div ref={scroller} className="docs-scroll">
        {query.trim() !== '' ? (found.length === 0 ? <EmptyState title={t('nothing', { query: query.trim() })} /> : <Index entries={found} onOpen={open} />)
          : shownType !== undefined ? <><IndexButton onPress={openIndex} /><DocPage type={shownType} /></>
            : focus !== undefined && shown === undefined ? <OfNode key={focus} id={focus} onIndex={openIndex} />
              : <ByCategory entries={found} onOpen={open} />}
      </div>
    </section>
  );
}

/** The page of the selected node's type, with that node's own numbers. */
function OfNode({ id, onIndex }: { readonly id: string; readonly onIndex: () => void }) {
  const { t } = useTranslation('docs');
  const node = useNode(id);
  const kind = useKind(node);
  const found = useFound(useFlatId(id));
  const known = useMemo(() => (node === undefined ? undefined : knownTypes(kind, node, found)), [kind, node, found]);
  if (kind?.definition === undefined) return <EmptyState title={kind?.block === undefined ? t('unknown') : t('isBlock', { name: kind.block.definition.name })}>{kind?.block !== undefined && <p>{t('isBlockMore')}</p>}<IndexButton onPress={onIndex} /></EmptyState>;
  return <><IndexButton onPress={onIndex} /><DocPage type={kind.definition} own={known === undefined ? undefined : { name: node?.label ?? id, known }} /></>;
}

function IndexButton({ onPress }: { readonly onPress: () => void }) {
  const { t } = useTranslation('docs');
  return <div className="docs-index-button"><Button tone="quiet" icon={List} onPress={onPress}>{t('allNodes')}</Button></div>;
}

function ByCategory({ entries, onOpen }: { readonly entries: readonly FoundEntry[]; readonly onOpen: (type: string) => void }) {
  const text = useText();
  return (Object.keys(CATEGORIES) as ShownCategory[]).map((category) => {
    const own = entries.filter((entry) => entry.category === category);
    return own.length === 0 ? null : <section key={category} aria-label={text(CATEGORIES[category].title)}><h3 className="docs-index-title">{text(CATEGORIES[category].title)}</h3><Index entries={own} onOpen={onOpen} /></section>;
  });
}

function Index({ entries, onOpen }: { readonly entries: readonly FoundEntry[]; readonly onOpen: (type: string) => void }) {
  const text = useText();
  return (
    <ul className="docs-index">
      {entries.map((entry) => (
        <li key={entry.key}>
          <button type="button" onClick={() => onOpen(entry.node.type)}>
            <span className="docs-index-name" style={categoryStyle(entry.category)}>{text(entry.title)}</span>
            {entry.summary !== undefined && <span className="docs-index-summary">{text(entry.summary)}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
