/** What Netloom is, whose work it stands on, and the promise about the network. */
import { useTranslation } from 'react-i18next';
import { useText } from '../../i18n/i18n.ts';
import { Dialog } from '../../ui/overlays.tsx';
import { useWorkspace } from '../../workspace/context.tsx';
import { AppMark } from '../app-mark.tsx';
import { THIRD_PARTY } from '../third-party.ts';
import { useEngineInfo } from './settings-dialog.tsx';

export function AboutDialog() {
  const { host, ui } = useWorkspace();
  const { t } = useTranslation('app');
  const text = useText();
  const info = useEngineInfo();
  const gpu = info === undefined ? t('settings.asking') : 'unavailable' in info.gpu ? t('settings.noGpu', { reason: text(info.gpu.unavailable) }) : `${info.gpu.name}${info.gpu.software ? ` (${t('about.software')})` : ''}`;
  return (
    <Dialog title={t('about.title')} width={540} onClose={() => ui.closeDialog()}>
      <div className="app-about-head"><AppMark size={56} /><div><p className="app-about-name">Netloom <span className="muted numbers">{host.version}</span></p><p className="muted">{t('about.what')}</p></div></div>
      <p className="app-about-promise"><strong>{t('about.promiseTitle')}</strong> {t('about.promise')}</p>
      <dl className="app-facts">
        <div><dt>{t('about.host')}</dt><dd>{t(`about.hostKind.${host.kind}`)}</dd></div>
        <div><dt>{t('about.processors')}</dt><dd className="numbers">{info === undefined ? t('settings.asking') : info.canShareMemory ? String(info.processors) : t('about.oneThread', { count: info.processors })}</dd></div>
        <div><dt>{t('about.gpu')}</dt><dd>{gpu}</dd></div>
        <div><dt>{t('about.licence')}</dt><dd>Apache License 2.0</dd></div>
      </dl>
      <details className="app-about-licences">
        <summary>{t('about.thirdParty', { count: Object.keys(THIRD_PARTY).length })}</summary>
        <ul>{Object.entries(THIRD_PARTY).map(([name, licence]) => <li key={name}><span>{name}</span><span className="muted">{licence}</span></li>)}</ul>
      </details>
    </Dialog>
  );
}
