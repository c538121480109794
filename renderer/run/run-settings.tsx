/** Epochs, batch size, seed and what else a run is set by; and the learning rate, which can be turned while it runs. */
import { Settings2 } from 'lucide-react';
import { useState } from 'react';
import { Button as AriaButton, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { NodeId, TrainingSettings } from '../../engine/graph/document.ts';
import { IconButton } from '../ui/buttons.tsx';
import { NumberField, Select, Slider, Switch } from '../ui/fields.tsx';
import { useDocument, useEditor, useRuns, useWorkspace } from '../workspace/context.tsx';
import { metricTitle } from '../plots/curves-texts.ts';
import { formatRate } from './format.ts';
import { type OptimizerFacts, baseRate, optimizersOf, rateNow } from './run-facts.ts';
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
          {early !== undefined && <Watched early={early} set={set} />}
          {early !== undefined && <NumberField label={t('patience')} value={early.patience} min={1} max={1000} step={1} onChange={(patience) => set({ earlyStopping: { ...early, patience } })} />}
          <StartFrom />
          <p className="ui-help">{t('nextRun')}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

const LOSS = 'loss';

/** What early stopping goes by: the loss, or anything else that the last run has measured. */
function Watched({ early, set }: { readonly early: NonNullable<TrainingSettings['earlyStopping']>; readonly set: (part: Partial<TrainingSettings>) => void }) {
  const { t } = useTranslation('run');
  const { t: plots } = useTranslation('plots');
  const measured = useRuns((state) => Object.keys(state.runs.findLast(({ train }) => train !== undefined)?.train ?? {}).join('\n'));
  const { metric = LOSS, ...rest } = early;
  const names = [...new Set([LOSS, ...measured.split('\n').filter((name) => name !== ''), metric])];
  return <Select label={t('watched')} value={metric} options={names.map((name) => ({ value: name, title: metricTitle(plots, name) }))} onChange={(name) => set({ earlyStopping: name === LOSS ? rest : { ...rest, metric: name } })} />;
}

const RANDOM = '-random';

/** Fine-tuning: another run's weights, by their names, in place of random ones. There is nothing to choose before the first run. */
function StartFrom() {
  const { t } = useTranslation('run');
  const { runs } = useWorkspace();
  const startFrom = useRuns((state) => state.startFrom);
  const trained = useRuns((state) => state.runs).filter(({ step }) => step > 0);
  if (trained.length === 0) return null;
  const options = [{ value: RANDOM, title: t('startRandom') }, ...trained.map(({ id, name, number }) => ({ value: id, title: name ?? t('runNumber', { number }) }))];
  return <Select label={t('startFrom')} value={startFrom ?? RANDOM} options={options} onChange={(run) => runs.startFrom(run === RANDOM ? undefined : run)} help={t('startFromHelp')} />;
}

const liveRun = ({ runs, current }: RunsState): RunRecord | undefined => runs.find(({ id, phase }) => id === current && isLive(phase));

/** What the schedules make of the rates: other numbers at every look, and all that changes in the button. */
function RatesNow({ optimizers }: { readonly optimizers: readonly NodeId[] }) {
  return <>{useRuns((state) => {
    const record = liveRun(state);
    return record === undefined ? '' : optimizers.map((id) => rateNow(record, id)).filter((rate) => rate !== undefined).map(formatRate).join(' · ');
  })}</>;
}

/**
 * While a run is on this turns its learning rates; otherwise it edits the optimizers'. The sliders show
 * the base rates; what the schedules make of them stands below.
 */
export function LearningRate() {
  const { t } = useTranslation('run');
  const liveDoc = useRuns((state) => liveRun(state)?.doc);
  const doc = useDocument((state) => state.doc);
  const isInside = useEditor((state) => state.path.length > 0);
  const live = liveDoc !== undefined;
  const optimizers = optimizersOf(liveDoc ?? doc);
  if (optimizers.length === 0) return null;
  return (
    <DialogTrigger>
      <AriaButton className="run-chip run-rate numbers">
        <span className="run-chip-name" aria-hidden>{t('rateShort')}</span><span className="visually-hidden">{t('rate')} </span>{live ? <RatesNow optimizers={optimizers.map(({ id }) => id)} /> : optimizers.map(({ learningRate }) => formatRate(learningRate)).join(' · ')}
      </AriaButton>
      <Popover className="ui-popover" offset={6}>
        <Dialog className="run-popover">
          <Heading slot="title">{t('rate')}</Heading>
          {optimizers.map((optimizer) => <RateOf key={optimizer.id} optimizer={optimizer} isAlone={optimizers.length === 1} live={live} isDisabled={!live && isInside} />)}
          <p className="ui-help">{live ? t('rateLive') : isInside ? t('rateInside') : t('rateIdle')}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function RateOf({ optimizer: { id, name, learningRate }, isAlone, live, isDisabled }: { readonly optimizer: OptimizerFacts; readonly isAlone: boolean; readonly live: boolean; readonly isDisabled: boolean }) {
  const { run, editing } = useWorkspace();
  const { t } = useTranslation('run');
  const liveBase = useRuns((state) => {
    const record = liveRun(state);
    return record === undefined ? undefined : baseRate(record, id);
  });
  const [draft, setDraft] = useState<number>();
  const shown = draft ?? (live ? liveBase : undefined) ?? learningRate;
  const commit = (value: number): void => {
    setDraft(undefined);
    if (live) run.setLearningRate(id, value);
    else editing.setParam(id, 'learningRate', value);
  };
  return (
    <>
      <Slider label={isAlone ? t('rateBase') : t('rateBaseOf', { optimizer: name })} value={shown} min={1e-6} max={10} logarithmic show={formatRate} onChange={setDraft} onEnd={commit} isDisabled={isDisabled} />
      <NumberField label={isAlone ? t('rateExact') : t('rateExactOf', { optimizer: name })} value={shown} min={0} onChange={commit} digits={6} isDisabled={isDisabled} />
      {live && <div className="run-rate-now"><span className="muted">{t('rateScheduled')}</span><span className="numbers"><RatesNow optimizers={[id]} /></span></div>}
    </>
  );
}
