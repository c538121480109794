/** How many problems the document has: for the panel's tab and the status bar. */
import { useChecks } from '../workspace/context.tsx';

export interface ProblemCounts {
  readonly errors: number;
  readonly warnings: number;
}

export function useProblemCounts(): ProblemCounts {
  const problems = useChecks((state) => state.problems);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}
