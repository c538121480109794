/** A plan thread in a browser: a worker inside the engine's worker. Instances are kept by id, so that a module is instantiated once per thread. */
import type { PlanThreadMessage } from './web.ts';

let memory: WebAssembly.Memory | undefined;
let index = 0;
const instances = new Map<number, WebAssembly.Instance>();

addEventListener('message', ({ data }: MessageEvent<PlanThreadMessage>) => {
  if (data.kind === 'start') {
    memory = data.memory;
    index = data.index;
    postMessage('ready');
    return;
  }
  if (data.kind === 'forget') {
    instances.delete(data.id);
    return;
  }
  if (data.module !== undefined && memory !== undefined) instances.set(data.id, new WebAssembly.Instance(data.module, { env: { memory, clock: () => performance.now() * 1e6 } }));
  const walk = instances.get(data.id)?.exports['worker'];
  if (typeof walk === 'function') walk(index, data.threads);
});
