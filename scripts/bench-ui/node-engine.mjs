/** The desktop's engine in a plain Node process: this is the port that Electron would hand it, tied to the parent's channel. Argument: the folder that Netloom was built in. */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const port = Object.assign(new EventEmitter(), { postMessage: (data) => process.send(data), start: () => undefined });
process.parentPort = new EventEmitter();
await import(pathToFileURL(join(process.argv[2], 'dist', 'electron', 'engine-process.js')).href);
process.on('message', (data) => port.emit('message', { data }));
process.parentPort.emit('message', { data: undefined, ports: [port] });
