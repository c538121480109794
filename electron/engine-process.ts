/** The engine in Electron's utility process: the service on Node's platform, over the port that main hands in for the window. */
import { claimFolder } from '../engine/cli/run-lock.ts';
import { nodePlatform } from '../engine/platform/node.ts';
import { useFastWebAssembly } from '../engine/platform/node-switches.ts';
import type { FromEngine, RunId, ToEngine } from '../engine/protocol.ts';
import { type EngineService, startEngineService } from '../engine/service/service.ts';

useFastWebAssembly();
const runsFolder = `${nodePlatform.files.dataFolder}/runs`;
/** Windows have an engine each, and all of them one folder of runs. */
async function claimRun(run: RunId): Promise<(() => void) | undefined> {
  const claim = await claimFolder(`${runsFolder}/${run}`);
  return 'release' in claim ? claim.release : undefined;
}
let service: EngineService | undefined;

process.parentPort.on('message', ({ data, ports }) => {
  if (data === 'stop') {
    void (service?.shutDown() ?? Promise.resolve()).finally(() => process.exit(0));
    return;
  }
  const [port] = ports;
  if (port === undefined || service !== undefined) return;
  service = startEngineService({
    // Electron's ports copy buffers; they cannot transfer them.
    post: (message: FromEngine) => port.postMessage(message),
    onMessage: (listener) => port.on('message', (event) => listener(event.data as ToEngine)),
  }, nodePlatform, { version: __VERSION__, runsFolder, claimRun, ...(process.env['NETLOOM_DATASETS'] === undefined ? {} : { datasets: process.env['NETLOOM_DATASETS'] }) });
  port.on('close', () => void service?.shutDown().finally(() => process.exit(0)));
  port.start();
});
