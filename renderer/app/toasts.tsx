/** What the window has to say: short messages that go by themselves, and the same for screen readers. */
import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../ui/buttons.tsx';
import { useUi, useWorkspace } from '../workspace/context.tsx';
import type { Toast } from './ui-store.ts';

const ICONS = { info: Info, ok: CircleCheck, warning: TriangleAlert, danger: CircleAlert } as const;
/** Long enough to be read twice. Errors stay until they are closed. */
const SECONDS = { info: 6, ok: 5, warning: 14, danger: undefined } as const;
const SECONDS_WITH_ACTION = 14;

export function Toasts() {
  const toasts = useUi((state) => state.toasts);
  const announcement = useUi((state) => state.announcement);
  const { t } = useTranslation('app');
  return (
    <>
      <output className="visually-hidden" aria-live="polite">{announcement}</output>
      <section className="app-toasts" aria-label={t('region.messages')} aria-live="polite">
        {toasts.map((toast) => <ToastCard key={toast.id} toast={toast} />)}
      </section>
    </>
  );
}

function ToastCard({ toast }: { readonly toast: Toast }) {
  const { ui } = useWorkspace();
  const { t } = useTranslation('app');
  const [held, setHeld] = useState(false);
  const seconds = SECONDS[toast.tone] === undefined ? undefined : toast.action === undefined ? SECONDS[toast.tone] : SECONDS_WITH_ACTION;
  useEffect(() => {
    if (held || seconds === undefined) return;
    const timer = setTimeout(() => ui.dismiss(toast.id), seconds * 1000);
    return () => clearTimeout(timer);
  }, [held, seconds, toast.id, ui]);
  const Icon = ICONS[toast.tone];
  return (
    <div className={`app-toast app-toast-${toast.tone}`} onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>
      <Icon size={16} aria-hidden />
      <span className="app-toast-message">{toast.message}</span>
      {toast.action !== undefined && <Button className="app-toast-action" onPress={() => { ui.dismiss(toast.id); toast.action?.run(); }}>{toast.action.title}</Button>}
      <IconButton icon={X} label={t('close')} onPress={() => ui.dismiss(toast.id)} />
    </div>
  );
}
