/** Long work gives way now and then: a page, a terminal or an editor that waits for an answer shares its thread. */

/** Milliseconds between two turns of the event loop: a frame. Whoever waits less notices nothing. */
const BREATH_MS = 16;
let lastBreath = 0;

/** Lets timers, messages and signals have their turn, when their last one is long enough ago. */
export async function breathe(): Promise<void> {
  if (performance.now() - lastBreath < BREATH_MS) return;
  await eventLoopTurn();
  lastBreath = performance.now();
}

/** What waits for the next turn in a browser; a timer would take 4 ms there once it has been used a few times. */
const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Everything that has come in by now is dealt with before this goes on. */
export function eventLoopTurn(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => { setImmediate(resolve); });
  return new Promise((resolve) => {
    if (channel === undefined) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
