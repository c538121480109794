/** Epochs, batch size, seed and what else a run is set by; and the learning rate, which can be turned while it runs. */
import { Settings2 } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { TrainingSettings } from '../../engine/graph/document.ts';
import { IconButton } from '../ui/buttons.tsx';
import { NumberField, Slider, Switch } from '../ui/fields.tsx';
import { useDocument, useEditor, useRuns, useWorkspace } from '../workspace/context.tsx';
import { formatRate } from './format.ts';
import { baseRate, optimizerOf } from './run-facts.ts';
import { type RunRecord, type RunsState, isLive } from './run-store.ts';

const MOST_EPOCHS = 100_000;
const MOST_SEED = 2 ** 31 - 1;

function useTraining(): readonly [TrainingSettings, (part: Partial<TrainingSettings>) => void] {
  const { editing } = useWorkspace();
  return [useDocument((state) => state.doc.training), (part) => editing.setTraining(part)];
}

/** In the bar itself, where there is room. */
export function TrainingFields() {
  const { t } = useTranslation('run');
  const [training, set] = useTraining();
  return (
    <div className="run-fields">
      <NumberField label={t('epochs')} value={training.epochs} min={1} max={MOST_EPOCHS} step={1} onChange={(epochs) => set({ epochs })} />
      <NumberField label={t('batch')} value={training.batchSize} min={1} step={1} onChange={(batchSize) => set({ batchSize })} />
      <NumberField label={t('seed')} value={training.seed} min={0} max={MOST_SEED} step={1} onChange={(seed) => set({ seed })} />
    </div>
  );
}

/** All of them, behind a button. */
export function TrainingSettingsButton() {
  const { t } = useTranslation('run');
  const [training, set] = useTraining();
  const early = training.earlyStopping;
  return (
    <DialogTrigger>
      <IconButton icon={Settings2} label={t('settings')} />
      <Popover className="ui-popover" offset={6}>
        <Dialog className="run-popover">
          <Heading slot="title">{t('settings')}</Heading>
          <div className="run-popover-pair">
            <NumberField label={t('epochs')} value={training.epochs} min={1} max={MOST_EPOCHS} step={1} onChange={(epochs) => set({ epochs })} />
            <NumberField label={t('batchSize')} value={training.batchSize} min={1} step={1} onChange={(batchSize) => set({ batchSize })} />
            <NumberField label={t('seed')} value={training.seed} min={0} max={MOST_SEED} step={1} onChange={(seed) => set({ seed })} />
            <NumberField label={t('validationSplit')} value={Math.round(training.validationSplit * 100)} min={0} max={90} step={5} onChange={(percent) => set({ validationSplit: percent / 100 })} />
          </div>
          <Switch label={t('shuffle')} isSelected={training.shuffle} onChange={(shuffle) => set({ shuffle })} />
          <Switch label={t('earlyStopping')} isSelected={early !== undefined} onChange={(on) => set({ earlyStopping: on ? { patience: 3, minDelta: 0 } : undefined })} help={t('earlyStoppingHelp')} />
          {early !== undefined && <NumberField label={t('patience')} value={early.patience} min={1} max={1000} step={1} onChange={(patience) => set({ earlyStopping: { ...early, patience } })} />}
          <p className="ui-help">{t('nextRun')}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

const liveRun = ({ runs, current }: RunsState): RunRecord | undefined => runs.find(({ id, phase }) => id === current && isLive(phase));

/** What the schedule makes of the rate: another number at every look, and all that changes in the button. */
function RateNow() {
  return <>{useRuns((state) => {
    const record = liveRun(state);
    return record === undefined ? '' : formatRate(record.learningRate ?? baseRate(record));
  })}</>;
}

/**
 * While a run is on this turns its learning rate; otherwise it edits the optimizer's. The slider shows
 * the base rate; what the schedule makes of it stands below.
 */
export function LearningRate() {
  const { run, editing } = useWorkspace();
  const { t } = useTranslation('run');
  const live = useRuns((state) => liveRun(state) !== undefined);
  const liveBase = useRuns((state) => {
    const record = liveRun(state);
    return record === undefined ? undefined : baseRate(record);
  });
  const doc = useDocument((state) => state.doc);
  const isInside = useEditor((state) => state.path.length > 0);
  const optimizer = optimizerOf(doc);
  const [draft, setDraft] = useState<number>();
  const base = live ? liveBase : optimizer?.learningRate;
  if (base === undefined) return null;
  const commit = (value: number): void => {
    setDraft(undefined);
    if (live) run.setLearningRate(value);
    else if (optimizer !== undefined) editing.setParam(optimizer.id, 'learningRate', value);
  };
  const shown = draft ?? base;
  const isDisabled = !live && isInside;
  return (
    <DialogTrigger>
      <AriaButton className="run-chip run-rate numbers">
        <span className="run-chip-name" aria-hidden>{t('rateShort')}</span><span className="visually-hidden">{t('rate')} </span>{live ? <RateNow /> : formatRate(base)}
      </AriaButton>
      <Popover className="ui-popover" offset={6}>
        <Dialog className="run-popover">
          <Heading slot="title">{t('rate')}</Heading>
          <Slider label={t('rateBase')} value={shown} min={1e-6} max={10} logarithmic show={formatRate} onChange={setDraft} onEnd={commit} isDisabled={isDisabled} />
          <NumberField label={t('rateExact')} value={shown} min={0} onChange={commit} digits={6} isDisabled={isDisabled} />
          {live && <div className="run-rate-now"><span className="muted">{t('rateScheduled')}</span><span className="numbers"><RateNow /></span></div>}
          <p className="ui-help">{live ? t('rateLive') : isInside ? t('rateInside') : t('rateIdle')}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
