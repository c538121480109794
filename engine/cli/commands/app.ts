/** `netloom app`: the editor in the browser, served on this machine alone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from '../command.ts';
import { EXIT, FailedError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { openInBrowser } from '../open-browser.ts';
import { packageFolder } from '../package-folder.ts';
import { startWebServer } from '../web-server.ts';

/** Always the same where it is free: a browser keeps settings, recent files and trained models by address. */
const USUAL_PORT = 4717;

export const appCommand = defineCommand({
  name: 'app',
  summary: 'Open the editor in the browser.',
  description: `Serves the editor on 127.0.0.1, to this machine alone, until it is ended with Ctrl-C.
What the browser keeps (settings, recent files, runs) belongs to the address: keep to one port.`,
  positionals: [],
  flags: {
    port: { kind: 'integer', value: 'number', min: 0, max: 65535, help: `Port to serve on (default: ${USUAL_PORT}; 0 or a taken one: any free port).` },
    'no-open': { kind: 'switch', help: 'Print the address, and open no browser.' },
    datasets: { kind: 'text', value: 'folder|url', help: 'Where data sets are looked for before the network (default: NETLOOM_DATASETS).' },
  },
  examples: ['netloom app', 'netloom app --no-open --port 8080'],
  async run({ flags }, terminal) {
    const folder = join(packageFolder, 'dist', 'web');
    if (!existsSync(join(folder, 'index.html'))) throw new FailedError('The editor has not been built yet. Run `npm run build` in the folder of Netloom.');
    const wanted = flags.port ?? USUAL_PORT;
    const server = await startWebServer({ folder, port: wanted, datasets: flags.datasets ?? process.env['NETLOOM_DATASETS'] });
    if (wanted !== 0 && server.port !== wanted) terminal.out(`Port ${wanted} is taken, by another Netloom perhaps; what the browser keeps for it is not seen at this one.`);
    terminal.out(`Netloom is at ${server.url} (Ctrl-C ends it)`);
    if (!flags['no-open']) openInBrowser(server.url);
    await new Promise<void>((resolve) => { onInterrupt(resolve); });
    await server.close();
    return EXIT.done;
  },
});
