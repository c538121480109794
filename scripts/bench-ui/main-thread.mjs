/**
 * What the page's main thread did, from Chromium's own trace: its tasks, with the time on the clock and
 * the time of the processor. Measuring from inside the page would miss style, layout, paint and commit.
 */

/** Tasks, and the input events that they handled. */
const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'];
const TASKS = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);

/**
 * @typedef {object} Task times in milliseconds
 * @property {number} start
 * @property {number} wall how long it took on the clock
 * @property {number} cpu how long the thread had a processor
 * @typedef {object} Trace
 * @property {readonly Task[]} tasks
 * @property {(type: string) => number[]} eventTimes when DOM events of a type were dispatched
 * @property {readonly object[]} raw
 */

/** @returns {Promise<Trace>} of what `work` made the page do */
export async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: CATEGORIES, screenshots: false });
  await work().catch(async (error) => {
    await browser.stopTracing();
    throw error;
  });
  return readTrace(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
}

/** @returns {Trace} */
export function readTrace(events) {
  // A browser has a main thread per page and some of its own; the page's is the one that did most.
  const busy = new Map();
  const key = ({ pid, tid }) => `${pid} ${tid}`;
  const names = new Map(events.filter(({ name }) => name === 'thread_name').map((event) => [key(event), event.args.name]));
  for (const event of events) {
    if (event.ph === 'X' && TASKS.has(event.name) && names.get(key(event)) === 'CrRendererMain') busy.set(key(event), (busy.get(key(event)) ?? 0) + event.dur);
  }
  const main = [...busy].sort(([, a], [, b]) => b - a)[0]?.[0];
  const own = events.filter((event) => event.ph === 'X' && key(event) === main);
  const tasks = own.filter(({ name }) => TASKS.has(name)).map(({ ts, dur, tdur }) => ({ start: ts / 1000, wall: dur / 1000, cpu: (tdur ?? dur) / 1000 })).sort((a, b) => a.start - b.start);
  // Nested tasks are part of the outer one.
  let end = -Infinity;
  const outer = tasks.filter((task) => {
    if (task.start < end) return false;
    end = task.start + task.wall;
    return true;
  });
  return { tasks: outer, raw: own, eventTimes: (type) => own.filter(({ name, args }) => name === 'EventDispatch' && args?.data?.type === type).map(({ ts }) => ts / 1000).sort((a, b) => a - b) };
}

/**
 * The time of all tasks between one event and the next, each reckoned to the event that it began after;
 * after the last event there is as much time as between the others at most.
 * @returns {{ wall: number, cpu: number, longest: number }[]} one for each time, milliseconds
 */
export function workPerEvent({ tasks }, times, gapMs) {
  return times.map((time, i) => {
    const until = Math.min(times[i + 1] ?? Infinity, time + gapMs);
    // The task that dispatched the event began a moment before it.
    const own = tasks.filter(({ start, wall }) => start + wall > time && start < until && !(times[i + 1] !== undefined && start + wall > times[i + 1] && start < times[i + 1]));
    return { wall: own.reduce((sum, task) => sum + task.wall, 0), cpu: own.reduce((sum, task) => sum + task.cpu, 0), longest: own.reduce((most, task) => Math.max(most, task.wall), 0) };
  });
}

/**
 * The same, until the first frame after each event is handed to the compositor: what the user waits for.
 * @returns {{ wall: number, cpu: number, longest: number }[]}
 */
export function workUntilDrawn(trace, times, gapMs) {
  const commits = trace.raw.filter(({ name }) => name === 'Commit').map(({ ts, dur }) => (ts + dur) / 1000).sort((a, b) => a - b);
  return times.flatMap((time, i) => {
    const drawn = commits.find((end) => end > time && end < Math.min(times[i + 1] ?? Infinity, time + gapMs));
    return drawn === undefined ? [] : workPerEvent(trace, [time], drawn - time);
  });
}
