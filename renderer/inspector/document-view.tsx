/** The document: what it is called, how it is trained, and how large it is. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { TrainingSettings } from '../../engine/graph/document.ts';
import type { NumberParam } from '../../engine/nodes/node-type.ts';
import { float, int } from '../../engine/nodes/params.ts';
import { totalsOf } from '../document/totals.ts';
import { useText } from '../i18n/i18n.ts';
import { Switch } from '../ui/fields.tsx';
import { useChecks, useDocument, useWorkspace } from '../workspace/context.tsx';
import { countText } from './number-text.ts';
import { ParamField } from './param-field.tsx';
import { DraftText, Row, Section } from './parts.tsx';

/** Ranges as the document's schema has them (`parse.ts`); defaults as a new document has them. */
const SETTINGS = {
  epochs: int({ en: 'Epochs', zh: '训练轮数' }, { en: 'How often the whole training set is gone through.', zh: '遍历整个训练集的次数。' }, 10, { min: 1, max: 1_000_000 }),
  batchSize: int({ en: 'Batch size', zh: '批大小' }, { en: 'Samples to a step. Larger batches are faster and steadier, smaller ones often generalize better.', zh: '每一步所用的样本数。批次越大越快、越平稳，较小的批次泛化往往更好。' }, 64, { min: 1, max: 1_000_000 }),
  seed: int({ en: 'Seed', zh: '随机种子' }, { en: 'Starts all random numbers: the same seed and backend give the same run.', zh: '所有随机数的起点：种子和后端相同，训练过程就相同。' }, 1, { min: 0, max: 2 ** 31 - 1 }),
  validationSplit: float({ en: 'Validation share', zh: '验证集比例' }, { en: 'Share of the training samples that is held back to judge each epoch; 0 for none.', zh: '从训练样本中留出、用于评估每一轮的比例；0 表示不留。' }, 0, { min: 0, max: 1, exclusive: 'max' }),
} as const satisfies Partial<Record<keyof TrainingSettings, NumberParam>>;
const EARLY_STOPPING = {
  patience: int({ en: 'Patience', zh: '耐心' }, { en: 'Epochs without improvement before training stops.', zh: '连续多少轮没有改善就停止训练。' }, 5, { min: 1, max: 1_000_000, unit: { en: 'epochs', zh: '轮' } }),
  minDelta: float({ en: 'Least improvement', zh: '最小改善' }, { en: 'By how much the loss must fall to count as an improvement.', zh: '损失至少下降多少才算改善。' }, 0, { min: 0, max: 1e9 }),
} as const;

export function DocumentView() {
  const { t } = useTranslation('inspector');
  const text = useText();
  const { editing } = useWorkspace();
  const name = useDocument(({ doc }) => doc.name);
  const description = useDocument(({ doc }) => doc.description);
  const translations = useDocument(({ doc }) => doc.translations);
  const training = useDocument(({ doc }) => doc.training);
  const { earlyStopping } = training;
  return (
    <>
      <header className="inspector-head">
        <p className="inspector-kind">{t('document')}</p>
        <DraftText label={t('documentName')} placeholder={t('untitled')} value={text({ en: name, zh: translations?.zh?.name ?? name })} onChange={editing.setName} className="inspector-name" />
        <DraftText label={t('description')} placeholder={t('descriptionHint')} value={text({ en: description ?? '', zh: translations?.zh?.description ?? description ?? '' })} onChange={editing.setDescription} isMultiline />
      </header>
      <Section title={t('trainingSettings')}>
        {(Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]).map((key) => <ParamField key={key} name={key} spec={SETTINGS[key]} value={training[key]} onChange={(value) => editing.setTraining({ [key]: value ?? SETTINGS[key].default })} isStrict />)}
        <Row label={t('shuffle')}><Switch label={t('shuffle')} hideLabel isSelected={training.shuffle} onChange={(shuffle) => editing.setTraining({ shuffle })} /></Row>
        <Row label={t('earlyStopping')}><Switch label={t('earlyStopping')} hideLabel isSelected={earlyStopping !== undefined} onChange={(on) => editing.setTraining({ earlyStopping: on ? { patience: EARLY_STOPPING.patience.default, minDelta: EARLY_STOPPING.minDelta.default } : undefined } as Partial<TrainingSettings>)} /></Row>
        {earlyStopping !== undefined && (Object.keys(EARLY_STOPPING) as (keyof typeof EARLY_STOPPING)[]).map((key) => (
          <ParamField key={key} name={key} spec={EARLY_STOPPING[key]} value={earlyStopping[key]} onChange={(value) => editing.setTraining({ earlyStopping: { ...earlyStopping, [key]: value ?? EARLY_STOPPING[key].default } })} isStrict />
        ))}
      </Section>
      <Totals />
    </>
  );
}

function Totals() {
  const { t, i18n } = useTranslation('inspector');
  const found = useChecks((state) => state.found);
  const graph = useChecks((state) => state.graph);
  const edges = useDocument(({ doc }) => Object.keys(doc.edges).length);
  const blocks = useDocument(({ doc }) => Object.keys(doc.blocks ?? {}).length);
  const { nodes, parameters } = useMemo(() => totalsOf({ found, graph }), [found, graph]);
  const rows = [[t('totalNodes'), nodes], [t('totalWires'), edges], ...(blocks > 0 ? [[t('totalBlocks'), blocks] as const] : []), [t('totalParameters'), parameters]] as const;
  return (
    <Section title={t('totals')}>
      <dl className="inspector-totals numbers">{rows.map(([label, count]) => <div key={label}><dt>{label}</dt><dd>{countText(count, i18n.language)}</dd></div>)}</dl>
    </Section>
  );
}
