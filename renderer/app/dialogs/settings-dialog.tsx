/** What the user prefers; every change counts at once. */
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackendName, EngineInfo } from '../../../engine/protocol.ts';
import { useText } from '../../i18n/i18n.ts';
import { Button } from '../../ui/buttons.tsx';
import { Select, Switch } from '../../ui/fields.tsx';
import { Dialog } from '../../ui/overlays.tsx';
import { useSettings, useWorkspace } from '../../workspace/context.tsx';
import { LANGUAGE_CHOICES } from '../appearance.ts';
import type { Settings } from '../settings.ts';

const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Settings['theme'][];
const BACKENDS = ['auto', 'webgpu', 'wasm', 'reference'] as const satisfies readonly BackendName[];

export function SettingsDialog() {
  const { settings, ui } = useWorkspace();
  const { t } = useTranslation('app');
  const text = useText();
  const values = useSettings((state) => state);
  const info = useEngineInfo();
  const set = <K extends keyof Settings>(name: K) => (value: Settings[K]): void => settings.set({ [name]: value });
  const processors = info?.processors ?? navigator.hardwareConcurrency;
  const gpu = info === undefined ? t('settings.asking') : 'unavailable' in info.gpu ? t('settings.noGpu', { reason: text(info.gpu.unavailable) }) : t('settings.gpu', { name: info.gpu.name });
  return (
    <Dialog title={t('settings.title')} width={560} className="app-settings" onClose={() => ui.closeDialog()}>
      <Section title={t('settings.appearance')}>
        <Select label={t('settings.theme')} value={values.theme} options={THEMES.map((value) => ({ value, title: t(`theme.${value}`) }))} onChange={set('theme')} />
        <Select<Settings['language']> label={t('settings.language')} value={values.language} options={[{ value: 'system', title: t('theme.system') }, ...LANGUAGE_CHOICES]} onChange={set('language')} />
      </Section>
      <Section title={t('settings.training')}>
        <Select<BackendName> label={t('settings.backend')} help={gpu} value={values.backend} options={BACKENDS.map((value) => ({ value, title: t(`backendChoice.${value}`) }))} onChange={set('backend')} />
        <Select
          label={t('settings.threads')} help={info?.canShareMemory === false ? t('settings.oneThread') : t('settings.processors', { count: processors })} isDisabled={info?.canShareMemory === false}
          value={String(values.threads ?? 'all')} options={[{ value: 'all', title: t('settings.allThreads') }, ...Array.from({ length: processors }, (_, i) => ({ value: String(i + 1), title: String(i + 1) }))]}
          onChange={(value) => settings.set({ threads: value === 'all' ? undefined : Number(value) })}
        />
        <Switch label={t('settings.half')} help={t('settings.halfHelp')} isSelected={values.halfPrecision} onChange={set('halfPrecision')} className="app-settings-wide" />
        <Switch label={t('settings.notifications')} help={t('settings.notificationsHelp')} isSelected={values.notifications} onChange={set('notifications')} className="app-settings-wide" />
      </Section>
      <Section title={t('settings.canvas')}>
        <Switch label={t('settings.snap')} isSelected={values.snapToGrid} onChange={set('snapToGrid')} />
        <Switch label={t('settings.minimap')} isSelected={values.minimap} onChange={set('minimap')} />
      </Section>
      <StorageSection />
    </Dialog>
  );
}

const Section = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => <section className="app-settings-section"><h3>{title}</h3><div className="app-settings-grid">{children}</div></section>;

export function useEngineInfo(): EngineInfo | undefined {
  const { engine } = useWorkspace();
  const [info, setInfo] = useState<EngineInfo>();
  useEffect(() => {
    let wanted = true;
    // An engine that does not start says so elsewhere; the settings can be changed all the same.
    engine.request('info', {}).then((reply) => wanted && setInfo(reply), () => {});
    return () => { wanted = false; };
  }, [engine]);
  return info;
}

/** What runs and data sets take up here, and the way to have the room back. */
function StorageSection() {
  const { engine, run, runs, ui } = useWorkspace();
  const { t, i18n } = useTranslation('app');
  const [used, setUsed] = useState<number>();
  const [stored, setStored] = useState<readonly string[]>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    void navigator.storage?.estimate?.().then(({ usage }) => wanted && setUsed(usage), () => {});
    engine.request('runs', {}).then((list) => wanted && setStored(list.map((each) => each.run)), () => {});
    return () => { wanted = false; };
  }, [engine, round]);
  const clear = async (): Promise<void> => {
    const answer = await ui.ask({ title: t('settings.clearTitle'), message: t('settings.clearMessage', { count: stored?.length ?? 0 }), answers: [{ id: 'cancel', title: t('cancel'), tone: 'plain' }, { id: 'clear', title: t('settings.clear'), tone: 'danger' }] });
    if (answer !== 'clear') return;
    // The run that the panels are about stays: it may be training.
    const kept = runs.getState().current;
    for (const id of stored ?? []) if (id !== kept) await run.remove(id);
    setRound((before) => before + 1);
  };
  const megabytes = used === undefined ? undefined : (used / 1e6).toLocaleString(i18n.language, { maximumFractionDigits: used < 1e7 ? 1 : 0 });
  return (
    <section className="app-settings-section">
      <h3>{t('settings.storage')}</h3>
      <div className="app-settings-storage">
        <span className="numbers">{stored === undefined ? t('settings.asking') : t('settings.storedRuns', { count: stored.length })}{megabytes !== undefined && ` · ${t('settings.megabytes', { size: megabytes })}`}</span>
        <Button isDisabled={(stored?.length ?? 0) === 0} onPress={() => ui.openDialog('runs')}>{t('settings.showRuns')}</Button>
        <Button tone="danger" isDisabled={(stored?.length ?? 0) === 0} onPress={() => void clear()}>{t('settings.clear')}</Button>
      </div>
    </section>
  );
}
