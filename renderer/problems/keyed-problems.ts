/** The checker's problems as a list shows them: errors first, each with a key that stays its own while others come and go. */
import type { Problem } from '../../engine/graph/problem.ts';

export interface KeyedProblem {
  readonly id: string;
  readonly problem: Problem;
}

export function keyedProblems(problems: readonly Problem[]): readonly KeyedProblem[] {
  const seen = new Map<string, number>();
  const keyed = problems.map((problem) => {
    const base = [problem.code, problem.node, problem.port, problem.edge].join(' ');
    const nth = seen.get(base) ?? 0;
    seen.set(base, nth + 1);
    return { id: `${base} ${String(nth)}`, problem };
  });
  return [...keyed.filter(({ problem }) => problem.severity === 'error'), ...keyed.filter(({ problem }) => problem.severity !== 'error')];
}
