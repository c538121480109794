/** What a layer looks for and what it finds: the filters of convolutions, and the feature maps of one sample. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc, NodeId } from '../../engine/graph/document.ts';
import type { TensorData } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import type { RunRecord } from '../run/run-store.ts';
import { IconButton } from '../ui/buttons.tsx';
import { Select } from '../ui/fields.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { inspectionOf, useInspection } from './inspection-store.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { PlanePicture, SamplePicture } from './picture.tsx';
import { rangeOf } from './pictures.ts';
import './inspect.css';

/** Channels that are shown; beyond, pictures are too small to be read. */
const MOST_MAPS = 64;

export function FeaturesPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('features.empty')} /> : <FeaturesOf key={run.id} run={run} />;
}

interface Layer {
  readonly id: NodeId;
  readonly label: string;
}
const known = new WeakMap<GraphDoc, readonly Layer[]>();
/** Every node whose first output is a picture per channel, sources aside. */
function layersOf(doc: GraphDoc): readonly Layer[] {
  let layers = known.get(doc);
  if (layers === undefined) {
    layers = (checkGraph(doc).graph?.order ?? []).filter(({ role, outputTypes }) => role === 'compute' && outputTypes[0]?.shape.length === 4).map(({ id, label }) => ({ id, label }));
    known.set(doc, layers);
  }
  return layers;
}

function FeaturesOf({ run }: { readonly run: RunRecord }) {
  const { t, i18n } = useTranslation('inspect');
  const text = useText();
  const workspace = useWorkspace();
  const store = inspectionOf(workspace);
  const sample = useStore(store, (state) => state.sample);
  const layers = layersOf(run.doc);
  const [chosen, setChosen] = useState<NodeId>();
  const [plane, setPlane] = useState(0);
  const node = layers.some(({ id }) => id === chosen) ? chosen : layers[0]?.id;
  const reply = useInspection(node === undefined ? undefined : { featureMaps: [node], maps: MOST_MAPS }, (state) => state.reply);
  const error = useInspection(undefined, (state) => state.error);
  if (node === undefined) return <EmptyState title={t('features.none')}><p>{t('features.noneHelp')}</p></EmptyState>;
  const maps = reply?.featureMaps[node];
  const kernels = reply?.kernels[node];
  const inputs = kernels?.shape[1] ?? 1;
  return (
    <div className="inspect-panel">
      <div className="inspect-head">
        <Select label={t('features.layer')} hideLabel value={node} onChange={setChosen} options={layers.map(({ id, label }) => ({ value: id, title: label }))} />
        <span className="inspect-stepper"><IconButton icon={ChevronLeft} label={t('features.previous')} isDisabled={sample === 0} onPress={() => store.setSample(sample - 1)} /><span className="numbers">{t('features.sample', { number: sample + 1 })}</span><IconButton icon={ChevronRight} label={t('features.next')} onPress={() => store.setSample(sample + 1)} /></span>
        {reply !== undefined && <span className="muted numbers inspect-head-note">{t('histograms.step', { step: reply.step.toLocaleString(i18n.language) })}</span>}
      </div>
      {maps === undefined ? <EmptyState title={error === undefined ? t('looking') : text(error.text)} /> : (
        <ScrollRegion label={t('features.layer')} className="inspect-scroll inspect-features">
          {reply?.input !== undefined && <section><h3>{t('features.input')}</h3><div className="inspect-feature-input"><SamplePicture values={reply.input.data} shape={reply.input.shape.length === 4 ? reply.input.shape.slice(1) : reply.input.shape} label={t('features.input')} /></div></section>}
          {kernels !== undefined && kernels.shape.length === 4 && (
            <section>
              <h3>{t('features.kernels', { count: kernels.shape[0] ?? 0, size: `${kernels.shape[2] ?? 0} × ${kernels.shape[3] ?? 0}` })}</h3>
              {inputs > 1 && <Select label={t('features.channel')} hideLabel value={String(Math.min(plane, inputs - 1))} onChange={(value) => setPlane(Number(value))} options={Array.from({ length: inputs }, (_, i) => ({ value: String(i), title: t('features.ofChannel', { number: i + 1 }) }))} />}
              <Kernels kernels={kernels} plane={Math.min(plane, inputs - 1)} />
            </section>
          )}
          <section>
            <h3>{t('features.maps', { count: maps.shape[0] ?? 0 })}</h3>
            <Maps maps={maps} />
          </section>
        </ScrollRegion>
      )}
    </div>
  );
}

function Kernels({ kernels, plane }: { readonly kernels: TensorData; readonly plane: number }) {
  const { t, i18n } = useTranslation('inspect');
  const [out = 0, inputs = 0, height = 0, width = 0] = kernels.shape;
  const size = height * width;
  // One scale for all of them, or a filter that does nothing would look as busy as the rest.
  const range = rangeOf(kernels.data);
  const most = Math.max(Math.abs(range.min), Math.abs(range.max));
  return (
    <>
      <ul className="inspect-tiles inspect-tiles-kernels">
        {Array.from({ length: Math.min(out, MOST_MAPS) }, (_, i) => <li key={i}><PlanePicture values={kernels.data.subarray((i * inputs + plane) * size, (i * inputs + plane + 1) * size)} height={height} width={width} palette="diverging" range={range} label={t('features.kernel', { number: i + 1 })} /></li>)}
      </ul>
      <p className="inspect-legend muted numbers" aria-hidden><span>−{most.toLocaleString(i18n.language, { maximumSignificantDigits: 2 })}</span><span className="inspect-ramp-diverging" /><span>+{most.toLocaleString(i18n.language, { maximumSignificantDigits: 2 })}</span></p>
    </>
  );
}

function Maps({ maps }: { readonly maps: TensorData }) {
  const { t, i18n } = useTranslation('inspect');
  const [channels = 0, height = 0, width = 0] = maps.shape;
  const range = rangeOf(maps.data);
  return (
    <>
      <ul className="inspect-tiles">{Array.from({ length: channels }, (_, i) => <li key={i}><PlanePicture values={maps.data.subarray(i * height * width, (i + 1) * height * width)} height={height} width={width} palette="sequential" range={range} label={t('features.map', { number: i + 1 })} /></li>)}</ul>
      <p className="inspect-legend muted numbers" aria-hidden><span>{range.min.toLocaleString(i18n.language, { maximumSignificantDigits: 2 })}</span><span className="inspect-ramp" /><span>{range.max.toLocaleString(i18n.language, { maximumSignificantDigits: 2 })}</span></p>
    </>
  );
}
