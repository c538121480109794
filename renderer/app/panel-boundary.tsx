/** A panel that fails says so in its own place and can be loaded again; the rest of the window lives on. */
import { Component, type ErrorInfo, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/buttons.tsx';
import { useWorkspace } from '../workspace/context.tsx';

interface Props {
  /** What it is called, for the message and the report. */
  readonly name: string;
  readonly children: ReactNode;
  /** What stands around the report, where a place of its own is needed. */
  readonly frame?: (report: ReactNode) => ReactNode;
}
interface State {
  readonly error: Error | undefined;
  readonly stack: string;
}

class Catcher extends Component<Props, State> {
  override state: State = { error: undefined, stack: '' };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
  override componentDidCatch(_error: unknown, { componentStack }: ErrorInfo): void {
    this.setState({ stack: componentStack ?? '' });
  }
  override render(): ReactNode {
    const { error, stack } = this.state;
    if (error === undefined) return this.props.children;
    const { name, frame = (report) => report } = this.props;
    return frame(<Failure name={name} error={error} stack={stack} onReload={() => this.setState({ error: undefined, stack: '' })} />);
  }
}

function Failure({ name, error, stack, onReload }: { readonly name: string; readonly error: Error; readonly stack: string; readonly onReload: () => void }) {
  const { t } = useTranslation('app');
  const { host, ui } = useWorkspace();
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText([`Netloom ${host.version} (${host.kind})`, `Panel: ${name}`, navigator.userAgent, error.stack ?? error.message, stack].join('\n'));
    ui.toast({ tone: 'ok', message: t('failure.copied') });
  };
  return (
    <div className="app-failure" role="alert">
      <p className="app-failure-title">{t('failure.title', { name })}</p>
      <p>{t('failure.rest')}</p>
      <code>{error.message}</code>
      <div className="app-failure-actions">
        <Button tone="primary" onPress={onReload}>{t('failure.reload')}</Button>
        <Button onPress={() => void copy().catch(() => ui.toast({ tone: 'warning', message: t('failure.notCopied') }))}>{t('failure.copy')}</Button>
      </div>
    </div>
  );
}

export function PanelBoundary({ children, ...rest }: Props) {
  const { t } = useTranslation('app');
  return <Catcher key={rest.name} {...rest}><Suspense fallback={rest.frame === undefined && <p className="app-loading">{t('loading')}</p>}>{children}</Suspense></Catcher>;
}
