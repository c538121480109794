/** How the optimizer treats the nodes' weights, and whether the nodes take part at all. */
import { useTranslation } from 'react-i18next';
import type { NodeId, NodeRec } from '../../engine/graph/document.ts';
import { float } from '../../engine/nodes/params.ts';
import type { NodeKind } from '../document/node-kind.ts';
import { optimizersOf } from '../run/run-facts.ts';
import { Select, Switch } from '../ui/fields.tsx';
import { useDocument, useWorkspace } from '../workspace/context.tsx';
import { MIXED, common } from './mixed.ts';
import { ParamField } from './param-field.tsx';
import { Row, Section } from './parts.tsx';

/** As `parse.ts` allows it. */
const FACTOR = float(
  { en: 'Learning-rate factor', zh: '学习率系数' }, { en: 'Multiplies the learning rate for this node’s weights: 0.1 lets pretrained weights change only slowly.', zh: '该节点权重的学习率乘以此系数：取 0.1 时，预训练权重只会缓慢变化。' },
  1, { min: 0, max: 1e6 },
);

/** No id begins with a dash. The optimizer whose losses reach the node; several nodes that are trained by different ones. */
const BY_WIRES = '-wires';
const MIXED_VALUE = '-mixed';

/** Which of several optimizers trains the weights; there is nothing to choose between fewer. */
function TrainedBy({ ids, nodes }: { readonly ids: readonly NodeId[]; readonly nodes: readonly NodeRec[] }) {
  const { t } = useTranslation('inspector');
  const { editing } = useWorkspace();
  const doc = useDocument((state) => state.doc);
  const optimizers = optimizersOf(doc);
  const value = common(nodes.map((node) => node.trainedBy ?? BY_WIRES));
  if (optimizers.length < 2 && value === BY_WIRES) return null;
  const options = [{ value: BY_WIRES, title: t('trainedByWires') }, ...optimizers.map(({ id, name }) => ({ value: id, title: name }))];
  const shown = value === MIXED || value === undefined ? MIXED_VALUE : value;
  // One that is not there (any more) is shown as what it is called.
  if (!options.some((option) => option.value === shown)) options.push({ value: shown, title: shown === MIXED_VALUE ? t('mixed') : shown });
  return (
    <Row label={t('trainedBy')}>
      <Select label={t('trainedBy')} hideLabel value={shown} options={options} onChange={(trainedBy) => trainedBy !== MIXED_VALUE && editing.setNode(ids, { trainedBy: trainedBy === BY_WIRES ? undefined : trainedBy })} />
    </Row>
  );
}
export function TrainingSection({ ids, nodes, kinds }: { readonly ids: readonly NodeId[]; readonly nodes: readonly NodeRec[]; readonly kinds: readonly NodeKind[] }) {
  const { t } = useTranslation('inspector');
  const { editing } = useWorkspace();
  const haveWeights = kinds.every(({ definition }) => definition === undefined || definition.weights !== undefined);
  const canBypass = kinds.every(({ inputs, outputs }) => inputs.length > 0 && outputs.length > 0 && outputs[0]?.kind === 'tensor');
  if (!haveWeights && !canBypass) return null;
  const flag = (name: 'frozen' | 'muted', label: string) => {
    const value = common(nodes.map((node) => node[name] === true));
    return <Row label={label}><span className="inspector-row"><Switch label={label} hideLabel isSelected={value === true} onChange={(on) => editing.setNode(ids, { [name]: on })} />{value === MIXED && <span className="muted">{t('mixed')}</span>}</span></Row>;
  };
  return (
    <Section title={t('training')}>
      {haveWeights && flag('frozen', t('frozen'))}
      {haveWeights && <ParamField name="learningRateFactor" spec={FACTOR} value={common(nodes.map((node) => node.learningRateFactor ?? 1)) ?? 1} onChange={(value) => editing.setNode(ids, { learningRateFactor: typeof value === 'number' ? value : 1 })} isStrict />}
      {haveWeights && <TrainedBy ids={ids} nodes={nodes} />}
      {canBypass && flag('muted', t('muted'))}
    </Section>
  );
}
