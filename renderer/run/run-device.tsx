/** Which device trains, and why: a badge that is always there, and the choice behind it. */
import { Cpu, Gpu } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button as AriaButton, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { BackendName, EngineInfo } from '../../engine/protocol.ts';
import { costsOf } from '../canvas/cost-store.ts';
import { useText } from '../i18n/i18n.ts';
import { NumberField, Select } from '../ui/fields.tsx';
import { useRuns, useSettings, useWorkspace } from '../workspace/context.tsx';
import { deviceName } from './device-name.ts';
import { formatBytes } from './format.ts';

export const BACKENDS = ['auto', 'webgpu', 'wasm', 'reference'] as const satisfies readonly BackendName[];

/** Asked once the window has come to rest: starting the engine must not hold up the first picture. */
function useEngineInfo(): EngineInfo | undefined {
  const { engine } = useWorkspace();
  const [info, setInfo] = useState<EngineInfo>();
  useEffect(() => {
    let gone = false;
    const ask = (): void => void engine.request('info', {}).then((reply) => { if (!gone) setInfo(reply); }, () => undefined);
    const timer = setTimeout(ask, 300);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [engine]);
  return info;
}

interface Device {
  readonly name: string;
  readonly why: string;
  readonly isGpu: boolean;
}
function useDevice(info: EngineInfo | undefined): Device {
  const { t } = useTranslation('run');
  const text = useText();
  const { backend, threads } = useSettings((state) => state);
  const started = useRuns((state) => state.runs.find(({ id }) => id === state.current)?.started);
  const cpuThreads = info === undefined ? threads : info.canShareMemory ? Math.min(threads ?? info.processors, info.processors) : 1;
  const cpu = cpuThreads === undefined ? t('cpu') : t('cpuThreads', { count: cpuThreads });
  if (started !== undefined) {
    return { name: deviceName(started), why: text(started.whyText), isGpu: started.backend === 'webgpu' };
  }
  if (info === undefined) return { name: t(`backend.${backend}`), why: t('why.unknown'), isGpu: backend === 'webgpu' };
  const gpu = 'name' in info.gpu ? info.gpu : undefined;
  const noGpu = 'unavailable' in info.gpu ? text(info.gpu.unavailable) : '';
  const noSharing = info.canShareMemory ? '' : ` ${t('why.oneThread')}`;
  switch (backend) {
    case 'reference': return { name: t('backend.reference'), why: t('why.asked'), isGpu: false };
    case 'wasm': return { name: cpu, why: `${t('why.asked')}${noSharing}`, isGpu: false };
    case 'webgpu': return gpu === undefined ? { name: 'WebGPU', why: t('why.noGpu', { reason: noGpu }), isGpu: true } : { name: `WebGPU · ${gpu.name}`, why: t('why.asked'), isGpu: true };
    case 'auto':
      if (gpu === undefined) return { name: cpu, why: `${t('why.noGpu', { reason: noGpu })}${noSharing}`, isGpu: false };
      if (gpu.software) return { name: cpu, why: `${t('why.softwareGpu', { name: gpu.name })}${noSharing}`, isGpu: false };
      return { name: `WebGPU · ${gpu.name}`, why: t('why.gpu'), isGpu: true };
  }
}

export function DeviceBadge() {
  const workspace = useWorkspace();
  const { settings } = workspace;
  const { t } = useTranslation('run');
  const info = useEngineInfo();
  const device = useDevice(info);
  const { backend, threads } = useSettings((state) => state);
  const costs = useStore(costsOf(workspace), (state) => state.costs);
  const Icon = device.isGpu ? Gpu : Cpu;
  const processors = info?.processors ?? 1;
  return (
    <DialogTrigger>
      <AriaButton className="run-chip run-device" aria-label={t('deviceLabel', { device: device.name })}><Icon size={15} aria-hidden /><span>{device.name}</span></AriaButton>
      <Popover className="ui-popover" offset={6}>
        <Dialog className="run-popover">
          <Heading slot="title">{device.name}</Heading>
          <p className="muted">{device.why}</p>
          <Select label={t('backendLabel')} value={backend} options={BACKENDS.map((value) => ({ value, title: t(`backend.${value}`) }))} onChange={(value) => settings.set({ backend: value })} help={t('nextRun')} />
          <NumberField label={t('threads')} value={Math.min(threads ?? processors, processors)} min={1} max={processors} step={1} isDisabled={info?.canShareMemory === false || processors === 1} onChange={(value) => settings.set({ threads: value >= processors ? undefined : value })} help={info?.canShareMemory === false ? t('why.oneThread') : t('threadsHelp', { count: processors })} />
          {costs !== undefined && (
            <dl className="run-facts numbers">
              <dt>{t('memoryStep')}</dt><dd>{formatBytes(costs.activationBytes)}</dd>
              <dt>{t('flopsStep')}</dt><dd>{(Object.values(costs.flops).reduce((sum, each) => sum + each, 0) / 1e6).toPrecision(3)} M</dd>
            </dl>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
