/** One line of the outline: a node, one of its ports with where it leads, or a parameter. */
import { ChevronRight, CircleX, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FoundNode } from '../../engine/graph/check.ts';
import { useText } from '../i18n/i18n.ts';
import { categoryStyle } from '../inspector/parts.tsx';
import { valueText } from '../inspector/range-text.ts';
import { typeText } from '../inspector/shape-rule.ts';
import { useChecks } from '../workspace/context.tsx';
import type { NodeRow, OutlineRow, ParamRow, PortRow } from './outline-rows.ts';

interface RowProps<R extends OutlineRow = OutlineRow> {
  readonly row: R;
  readonly isStop: boolean;
  readonly isSelected: boolean;
  readonly onFocus: () => void;
  readonly onToggle: (flat: string, isOpen: boolean) => void;
}

export function Row(props: RowProps) {
  const { row } = props;
  const { t } = useTranslation('outline');
  const text = useText();
  const common = {
    role: 'treeitem', 'aria-level': row.level, 'aria-posinset': row.position, 'aria-setsize': row.size, 'aria-selected': props.isSelected, tabIndex: props.isStop ? 0 : -1,
    'data-key': row.key, onFocus: props.onFocus,
  } as const;
  const style = { paddingInlineStart: (row.level - 1) * 16 + 4 };
  if (row.kind === 'node') return <NodeLine {...props} row={row} common={common} />;
  const label = row.kind === 'param' ? paramLine(row, text) : portLine(row, t);
  return (
    <div {...common} className={`outline-row outline-${row.kind}`} style={style}>
      {row.kind === 'param'
        ? <><span className="outline-name">{text(row.spec.title)}</span><span className="outline-value numbers">{valueText(row.spec, row.value, text)}</span></>
        : <><span className="outline-arrow" aria-hidden>{row.kind === 'input' ? '→' : '←'}</span><span className="outline-name">{label}</span></>}
    </div>
  );
}
const paramLine = (row: ParamRow, text: ReturnType<typeof useText>): string => `${text(row.spec.title)} ${valueText(row.spec, row.value, text)}`;

function portLine(row: PortRow, t: (key: string, values: Record<string, unknown>) => string): string {
  const ends = row.ends.join(t('comma', {}));
  const port = row.port.name;
  if (row.kind === 'input') return row.ends.length > 0 ? t('inputFrom', { port, ends }) : t(row.port.optional === true ? 'inputOptional' : 'inputOpen', { port });
  return row.ends.length > 0 ? t('outputTo', { port, ends }) : t('outputOpen', { port });
}

type CommonProps = Pick<React.HTMLAttributes<HTMLDivElement>, 'role' | 'aria-level' | 'aria-posinset' | 'aria-setsize' | 'aria-selected' | 'tabIndex' | 'onFocus'> & { readonly 'data-key': string };

function NodeLine({ row, onToggle, common }: RowProps<NodeRow> & { readonly common: CommonProps }) {
  const { t } = useTranslation('outline');
  const text = useText();
  const found = useChecks((state): FoundNode | undefined => state.found.get(row.flat));
  const severity = useChecks((state) => worst(state.problems, row.flat));
  const name = row.record.label ?? row.node;
  const type = row.what === undefined ? row.record.type : text(row.what.title);
  const output = found?.outputs?.[0];
  const shape = output === undefined || output.shape.length === 0 ? undefined : typeText(output);
  /** Beyond what is seen. */
  const said = [...(shape === undefined ? [] : [shape]), ...(row.record.muted === true ? [t('muted')] : []), ...(row.record.frozen === true ? [t('frozen')] : []), ...(severity === undefined ? [] : [t(`severity.${severity}`)])];
  const Icon = severity === 'error' ? CircleX : TriangleAlert;
  return (
    <div {...common} aria-expanded={row.isOpen} className={`outline-row outline-node ${row.record.muted === true ? 'outline-is-muted' : ''}`}
      style={{ ...(row.what === undefined ? {} : categoryStyle(row.what.category)), paddingInlineStart: (row.level - 1) * 16 + 4 }}>
      <button type="button" tabIndex={-1} aria-hidden className="outline-toggle" onClick={() => onToggle(row.flat, !row.isOpen)}><ChevronRight size={14} aria-hidden className={row.isOpen ? 'outline-open' : ''} /></button>
      <span className="outline-dot" aria-hidden />
      <span className="outline-name">{name}</span>
      <span className="visually-hidden">, </span>
      {severity !== undefined && <Icon size={13} aria-hidden className={`outline-problem-${severity}`} />}
      <span className="outline-type">{type}</span>
      {said.length > 0 && <span className="visually-hidden">{['', ...said].join(', ')}</span>}
    </div>
  );
}

/** The gravest problem of a node; a block answers for its inside. */
function worst(problems: readonly { readonly severity: 'error' | 'warning'; readonly node?: string }[], flat: string): 'error' | 'warning' | undefined {
  let found: 'error' | 'warning' | undefined;
  for (const { node, severity } of problems) {
    if (node !== flat && node?.startsWith(`${flat}/`) !== true) continue;
    if (severity === 'error') return severity;
    found = severity;
  }
  return found;
}
