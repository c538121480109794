/** Engine processes: one per window that asks. Window and engine talk over a port of their own; main only starts them and hears them end. */
import type { UtilityProcess, WebContents } from 'electron';
import { ENGINE_PORT_CHANNEL } from '../renderer/host/desktop-bridge.ts';
import type { DesktopOptions } from './electron-api.ts';
import { sendEvent } from './ipc.ts';

/** An engine that is asked to stop writes a checkpoint first; longer than this it may not take: ms. */
const STOP_LIMIT = 5_000;

export class Engines {
  readonly #options: Pick<DesktopOptions, 'electron' | 'engineScript'>;
  readonly #running = new Map<number, { readonly child: UtilityProcess; readonly owner: WebContents }>();
  #nextId = 1;

  constructor(options: Pick<DesktopOptions, 'electron' | 'engineScript'>) {
    this.#options = options;
  }

  async start(owner: WebContents): Promise<number> {
    const { electron, engineScript } = this.#options;
    const engine = this.#nextId++;
    const child = electron.utilityProcess.fork(engineScript, [], { serviceName: 'Netloom engine', stdio: 'inherit' });
    this.#running.set(engine, { child, owner });
    let fatal: string | undefined;
    child.on('error', (type) => { fatal = type; });
    child.on('exit', (code) => {
      this.#running.delete(engine);
      sendEvent(owner, 'engine:exit', { engine, reason: fatal ?? `exit code ${String(code)}` });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('exit', (code) => reject(new Error(`The engine's process did not start (exit code ${String(code)}).`)));
    });
    const { port1, port2 } = new electron.MessageChannelMain();
    child.postMessage('port', [port1]);
    owner.postMessage(ENGINE_PORT_CHANNEL, engine, [port2]);
    return engine;
  }

  /** Only the window that started an engine may stop it. */
  stop(engine: number, owner: WebContents): void {
    const running = this.#running.get(engine);
    if (running?.owner === owner) end(running.child);
  }

  /** A window has gone; its engines go too, with a checkpoint of what they trained. */
  stopAll(owner: WebContents): void {
    for (const running of this.#running.values()) if (running.owner === owner) end(running.child);
  }
}

function end(child: UtilityProcess): void {
  const limit = setTimeout(() => child.kill(), STOP_LIMIT);
  child.once('exit', () => clearTimeout(limit));
  child.postMessage('stop');
}
