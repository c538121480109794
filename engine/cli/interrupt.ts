/** Ctrl-C: the first asks for an orderly end, a second one ends at once. SIGTERM asks, too. */

/** 128 + SIGINT, as shells report it. */
const KILLED_BY_INTERRUPT = 130;
/** One press can arrive twice, from the terminal and from npm, which passes it on; no person presses twice this fast. */
const SAME_PRESS_MS = 200;

/** Calls `stop` at the first signal. Returns a function that gives the signals back to their default. */
export function onInterrupt(stop: () => void): () => void {
  let askedAt: number | undefined;
  const handle = (): void => {
    const now = performance.now();
    if (askedAt === undefined) {
      askedAt = now;
      stop();
    } else if (now - askedAt > SAME_PRESS_MS) process.exit(KILLED_BY_INTERRUPT);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
}
