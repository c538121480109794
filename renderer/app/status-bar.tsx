/** The line at the bottom: what trains, how large the network is, what is wrong, and whether the work is safe. */
import { CircleAlert, CircleCheck, Cpu, HardDriveDownload, Sigma, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useText } from '../i18n/i18n.ts';
import { isUnsaved } from '../document/store.ts';
import { totalsOf } from '../document/totals.ts';
import { useProblemCounts } from '../problems/problem-counts.ts';
import { deviceName } from '../run/device-name.ts';
import { useChecks, useDocument, useProject, useRuns, useSettings, useWorkspace } from '../workspace/context.tsx';

export function StatusBar() {
  const { t } = useTranslation('app');
  return (
    <footer className="app-status numbers" data-region aria-label={t('region.status')}>
      <Device />
      <Parameters />
      <Problems />
      <span className="app-status-space" />
      <SaveState />
    </footer>
  );
}

function Device() {
  const { ui } = useWorkspace();
  const { t } = useTranslation('app');
  const backend = useSettings((state) => state.backend);
  const text = useText();
  const started = useRuns((state) => state.runs.find(({ id }) => id === state.current)?.started);
  return (
    <button type="button" className="app-status-item" title={started === undefined ? t('status.deviceHint') : text(started.whyText)} onClick={() => ui.openDialog('settings')}>
      <Cpu size={13} aria-hidden />{started === undefined ? t(`backend.${backend}`) : deviceName(started)}
    </button>
  );
}

function Parameters() {
  const { t, i18n } = useTranslation('app');
  const parameters = useChecks((state) => totalsOf(state).parameters);
  return <span className="app-status-item" title={t('status.parametersHint')}><Sigma size={13} aria-hidden />{t('status.parameters', { count: parameters, shown: parameters.toLocaleString(i18n.language) })}</span>;
}

function Problems() {
  const { ui } = useWorkspace();
  const { t } = useTranslation('app');
  const { errors, warnings } = useProblemCounts();
  const Icon = errors > 0 ? CircleAlert : warnings > 0 ? TriangleAlert : CircleCheck;
  const text = errors > 0 ? t('status.errors', { count: errors }) : warnings > 0 ? t('status.warnings', { count: warnings }) : t('status.noProblems');
  return <button type="button" className={`app-status-item ${errors > 0 ? 'app-status-danger' : warnings > 0 ? 'app-status-warning' : ''}`} onClick={() => ui.show({ bottom: 'problems' })}><Icon size={13} aria-hidden />{text}</button>;
}

function SaveState() {
  const { t, i18n } = useTranslation('app');
  const unsaved = useDocument(isUnsaved);
  const { file, savedAt, autosavedAt, autosaveFails } = useProject((state) => state);
  const time = (at: number): string => new Date(at).toLocaleTimeString(i18n.language, { hour: '2-digit', minute: '2-digit' });
  if (autosaveFails) return <span className="app-status-item app-status-warning" title={t('status.autosaveFailsHint')}><TriangleAlert size={13} aria-hidden />{t('status.autosaveFails')}</span>;
  const text = unsaved
    ? autosavedAt === undefined ? t('status.changed') : t('status.autosaved', { time: time(autosavedAt) })
    : file === undefined ? t('status.unchanged') : savedAt === undefined ? t('status.savedFile') : t('status.saved', { time: time(savedAt) });
  return <span className="app-status-item" title={file?.location ?? file?.name ?? t('status.noFile')}><HardDriveDownload size={13} aria-hidden />{text}</span>;
}
