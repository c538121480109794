/** A question about a run's network, put to it again as it learns. */
import { useEffect } from 'react';
import { type RunRecord, isLive } from '../run/run-store.ts';
import { useWorkspace } from '../workspace/context.tsx';
import type { Latest } from './latest.ts';

/** Asks at once, and every `ms` milliseconds where the run has gone on and the page is seen. Nothing while the question is undefined; `asker` and question stay the same objects until they change. */
export function useAskedAgain<Q, A>(run: RunRecord, asker: Latest<Q, A>, question: Q | undefined, ms: number): void {
  const { runs } = useWorkspace();
  const rests = !isLive(run.phase) || run.phase === 'paused';
  useEffect(() => {
    if (question === undefined) return;
    let asked = -1;
    const ask = (): void => {
      const step = runs.find(run.id)?.step ?? 0;
      if (step === asked || document.hidden) return;
      asked = step;
      asker.ask(question);
    };
    ask();
    const timer = rests ? undefined : setInterval(ask, ms);
    return () => clearInterval(timer);
  }, [question, asker, runs, run.id, rests, ms]);
}
