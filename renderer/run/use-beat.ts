/** Renders again when the runs have something new, but not for each new thing: people read, they do not watch. */
import { useEffect, useReducer } from 'react';
import { useWorkspace } from '../workspace/context.tsx';
import type { RunsState } from './run-store.ts';

/** Nobody reads faster: ms. */
const BEAT_MS = 250;

/**
 * @param isNews whether a change of the store is worth another look; one function for all renders
 * @returns renders at once, for what the component itself has changed
 */
export function useBeat(isNews: (state: RunsState, before: RunsState) => boolean): () => void {
  const { runs } = useWorkspace();
  const [, beat] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = runs.subscribe((state, before) => {
      if (isNews(state, before)) timer ??= setTimeout(() => {
        timer = undefined;
        beat();
      }, BEAT_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [runs, isNews]);
  return beat;
}
