/** What the checker has found: each problem leads to its node, and offers its repair. */
import { CircleCheck } from 'lucide-react';
import { GridList, GridListItem } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../engine/graph/problem.ts';
import { nameOf } from '../document/node-kind.ts';
import { reveal } from '../document/reveal.ts';
import { useText } from '../i18n/i18n.ts';
import { useChecks, useDocument, useWorkspace } from '../workspace/context.tsx';
import { useProblemCounts } from './problem-counts.ts';
import { ProblemText, RepairButton, Severity } from './problem-item.tsx';
import { keyedProblems } from './keyed-problems.ts';
import './problems.css';

export function ProblemsPanel() {
  const { t, i18n } = useTranslation('problems');
  const text = useText();
  const workspace = useWorkspace();
  const problems = useChecks((state) => state.problems);
  const { errors, warnings } = useProblemCounts();
  const items = keyedProblems(problems);
  const goTo = (problem: Problem | undefined): void => {
    if (problem?.node === undefined) return;
    const name = nameOf(workspace.documents.getState().doc, problem.node);
    workspace.ui.announce(reveal(workspace, problem.node) ? t('wentTo', { node: name }) : t('gone', { node: name }));
  };
  const summary = [...(errors > 0 ? [t('errors', { count: errors })] : []), ...(warnings > 0 ? [t('warnings', { count: warnings })] : [])].join(t('and'));
  return (
    <section className="problems-panel" aria-label={t('title')}>
      <p className="visually-hidden" aria-live="polite">{problems.length === 0 ? t('none') : summary}</p>
      {problems.length === 0 ? (
        <div className="problems-none"><CircleCheck size={22} aria-hidden /><p className="problems-none-title">{t('none')}</p><p>{t('noneMore')}</p></div>
      ) : (
        <GridList aria-label={t('title')} className="problems-list" items={items} dependencies={[i18n.language]} onAction={(key) => goTo(items.find(({ id }) => id === key)?.problem)}>
          {({ id, problem }) => (
            <GridListItem id={id} textValue={text(problem.text)} className="problems-row">
              <Severity of={problem.severity} />
              <div className="problems-words"><ProblemText problem={problem} /></div>
              <div className="problems-side">
                {problem.node !== undefined && <NodeName id={problem.node} />}
                <RepairButton problem={problem} />
              </div>
            </GridListItem>
          )}
        </GridList>
      )}
    </section>
  );
}

function NodeName({ id }: { readonly id: string }) {
  return <span className="problems-node">{useDocument(({ doc }) => nameOf(doc, id))}</span>;
}
