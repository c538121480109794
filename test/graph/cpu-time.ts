/** The processor's time that some work takes at best, in milliseconds: unlike the clock's, it hardly depends on what else the machine does. */
export function cpuMilliseconds(times: number, work: () => void): number {
  let best = Infinity;
  for (let i = 0; i < times; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
