/** Runs an engine script as Electron's utility process would: gives it `process.parentPort` over Node's own channel, then imports it. */
import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';

const ports = new Map();
class Port extends EventEmitter {
  #id;
  #started = false;
  #waiting = [];
  constructor(id) {
    super();
    this.#id = id;
  }
  start() {
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
  receive(data) {
    if (this.#started) this.emit('message', { data, ports: [] });
    else this.#waiting.push(data);
  }
  postMessage(data) {
    process.send?.({ kind: 'port', id: this.#id, data });
  }
  close() {}
}

class ParentPort extends EventEmitter {
  postMessage(data) {
    process.send?.({ kind: 'message', data });
  }
}
const parentPort = new ParentPort();
Object.defineProperty(process, 'parentPort', { value: parentPort });
// Node reads its channel from the first listener on, so nothing is lost while the script loads.
await import(pathToFileURL(process.argv[2]).href);
process.on('message', (message) => {
  if (message.kind === 'port') return ports.get(message.id)?.receive(message.data);
  const received = message.ports.map((id) => {
    const port = new Port(id);
    ports.set(id, port);
    return port;
  });
  parentPort.emit('message', { data: message.data, ports: received });
});
process.on('disconnect', () => process.exit(0));
