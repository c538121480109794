/** One problem as the list and the inspector show it: how bad, what, and the way out. */
import { CircleX, TriangleAlert, Wrench } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../engine/graph/problem.ts';
import { useText } from '../i18n/i18n.ts';
import { Button } from '../ui/buttons.tsx';
import { useDocument, useWorkspace } from '../workspace/context.tsx';
import { repairText } from './repair-text.ts';
import './problems.css';

/** The icon and the word for how bad it is; the colour only underlines it. */
export function Severity({ of }: { readonly of: Problem['severity'] }) {
  const { t } = useTranslation('problems');
  const Icon = of === 'error' ? CircleX : TriangleAlert;
  return <span className={`problems-severity problems-severity-${of}`}><Icon size={14} aria-hidden />{of === 'error' ? t('error') : t('warning')}</span>;
}

export function ProblemText({ problem }: { readonly problem: Problem }) {
  const text = useText();
  return <>{text(problem.text)}</>;
}

/** Does what the checker proposes, and says so; nothing where there is no repair. */
export function RepairButton({ problem }: { readonly problem: Problem }) {
  const { t } = useTranslation('problems');
  const text = useText();
  const { editing, ui } = useWorkspace();
  const words = useDocument(({ doc }) => repairText(doc, problem, text));
  if (words === undefined) return null;
  const take = (): void => {
    if (editing.repair(problem)) ui.announce(t('repaired', { what: words }));
    else ui.toast({ tone: 'warning', message: t('repairFailed') });
  };
  return <Button icon={Wrench} className="problems-repair" onPress={take}>{words}</Button>;
}
