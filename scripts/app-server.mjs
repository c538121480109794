/** The product's own server as a process beside a script that looks at the window: pictures, benchmarks. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './import-rules.mjs';

/** `netloom app` of this folder, or of another one that Netloom was built in. */
export async function startServer(folder = projectRoot) {
  const server = spawn(process.execPath, [join(folder, 'bin', 'netloom.js'), 'app', '--no-open', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let said = '';
    server.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      const address = /http:\/\/\S+/.exec(said)?.[0];
      if (address !== undefined) resolve(address);
    });
    server.on('exit', () => reject(new Error(`The server of the editor did not start: ${said}`)));
  });
  return { url, stop: () => server.kill() };
}
