/** The shape rule with the node's own numbers, and how its number of parameters comes about. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeId, NodeRec } from '../../engine/graph/document.ts';
import type { NodeKind } from '../document/node-kind.ts';
import { useText } from '../i18n/i18n.ts';
import { countText } from './number-text.ts';
import { Section } from './parts.tsx';
import { valueText } from './range-text.ts';
import { shapeRule, timesText } from './shape-rule.ts';
import { type KnownTypes, knownTypes, useFlatId, useFound } from './use-node.ts';
import './inspector.css';

export function ShapesSection({ id, node, kind }: { readonly id: NodeId; readonly node: NodeRec; readonly kind: NodeKind }) {
  const { t, i18n } = useTranslation('inspector');
  const flat = useFlatId(id);
  const found = useFound(flat);
  const known = useMemo(() => knownTypes(kind, node, found), [kind, node, found]);
  if (kind.block !== undefined && found !== undefined && found.parameters > 0) {
    return <Section title={t('weights')}><p className="inspector-note numbers">{t('blockWeights', { count: found.parameters, shown: countText(found.parameters, i18n.language) })}</p></Section>;
  }
  if (kind.definition === undefined || known === undefined || kind.outputs.every((port) => port.kind !== 'tensor')) return null;
  return (
    <>
      <Section title={t('shapes')}><ShapeRuleView kind={kind} known={known} /></Section>
      {Object.keys(known.weights).length > 0 && <Section title={t('weights')}><WeightTable known={known} /></Section>}
    </>
  );
}

export function ShapeRuleView({ kind, known }: { readonly kind: NodeKind; readonly known: Pick<KnownTypes, 'values' | 'ins' | 'outs'> }) {
  const { t } = useTranslation('inspector');
  const text = useText();
  const { definition } = kind;
  if (definition === undefined) return null;
  const rule = shapeRule(definition, known.values, known.ins, known.outs, text);
  const same = rule.inputs.length === 1 && rule.outputs.length === 1 && rule.inputs[0] === rule.outputs[0];
  return (
    <div className="inspector-rule numbers">
      {rule.inputs.length > 0 && <p><span className="inspector-rule-side">{t('in')}</span> <span className="inspector-type">{rule.inputs.join('  ')}</span></p>}
      <p className="inspector-rule-by"><span aria-hidden>↓</span> {rule.params.length === 0 ? (same ? t('sameShape') : text(kind.title)) : rule.params.map(({ spec, value }) => `${text(spec.title)} ${valueText(spec, value, text)}`).join(t('comma'))}</p>
      <p><span className="inspector-rule-side">{t('out')}</span> <span className="inspector-type">{rule.outputs.join('  ')}</span></p>
      {rule.sums.length > 0 && <ul className="inspector-sums">{rule.sums.map((sum) => <li key={sum}>{sum}</li>)}</ul>}
    </div>
  );
}

export function WeightTable({ known }: { readonly known: Pick<KnownTypes, 'weights'> }) {
  const { t, i18n } = useTranslation('inspector');
  const rows = Object.entries(known.weights).map(([name, { shape, buffer }]) => ({ name, shape, isBuffer: buffer === true, count: shape.reduce((product, n) => product * n, 1) }));
  const total = rows.reduce((sum, row) => sum + (row.isBuffer ? 0 : row.count), 0);
  return (
    <table className="inspector-weights numbers">
      <thead className="visually-hidden"><tr><th>{t('weightName')}</th><th>{t('weightShape')}</th><th>{t('weightCount')}</th></tr></thead>
      <tbody>
        {rows.map((row) => <tr key={row.name}><th scope="row">{row.name}{row.isBuffer && <span className="muted"> {t('buffer')}</span>}</th><td>{timesText(row.shape)}</td><td>{countText(row.count, i18n.language)}</td></tr>)}
      </tbody>
      <tfoot><tr><th scope="row" colSpan={2}>{t('trainable')}</th><td>{countText(total, i18n.language)}</td></tr></tfoot>
    </table>
  );
}
