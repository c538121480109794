/**
 * `npm run bench:ui`: how fast the window is, in Chromium, on the built site behind the product's own server.
 * Gestures are real ones; what the page's main thread did is read from the browser's trace. Options:
 *   --only start,large,checks,curves,training,steps    some of the measures
 *   --json                                       the rows as JSON
 *   --app <folder>                               another folder that Netloom was built in
 * Figures of input count the time of the processor, which other work on the machine does not lengthen; its clock stands in the notes.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { projectRoot } from './import-rules.mjs';
import { MEASURES } from './bench-ui/measures.mjs';
import { startServer } from './app-server.mjs';
import { startBrowser } from './bench-ui/window.mjs';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean', default: false }, app: { type: 'string' } } });
const names = options.only?.split(',') ?? Object.keys(MEASURES);
for (const name of names) if (!(name in MEASURES)) throw new Error(`There is no measure '${name}'; there are ${Object.keys(MEASURES).join(', ')}.`);

const folder = options.app ?? projectRoot;
const before = loadavg()[0];
const server = await startServer(folder);
const browser = await startBrowser();
const rows = [];
try {
  for (const name of names) {
    try {
      rows.push(...(await MEASURES[name]({ browser, url: server.url, folder })));
    } catch (error) {
      // One measure that fails does not take the others with it, but it is told, and the command fails.
      rows.push({ name, value: NaN, unit: '', mark: 0, side: 'below', note: error instanceof Error ? error.message.split('\n').filter((line) => line.trim() !== '').slice(0, 3).join(' ') : String(error) });
    }
  }
} finally {
  await browser.close();
  server.stop();
}

const isMet = ({ value, mark, side }) => (side === 'above' ? value >= mark : value < mark);
const load = { before, after: loadavg()[0] };
if (options.json) console.log(JSON.stringify({ processors: cpus().length, load, rows: rows.map((row) => (row.mark === undefined ? row : { ...row, met: isMet(row) })) }, null, 2));
else {
  const shown = (value) => (Number.isNaN(value) ? 'failed' : value >= 100 ? value.toFixed(0) : value.toFixed(1));
  const lines = rows.map((row) => [row.name, `${shown(row.value)} ${row.unit}`, row.mark === undefined ? '' : `${row.side === 'above' ? '≥' : '<'} ${row.mark} ${row.unit}`, row.mark === undefined ? '' : isMet(row) ? 'ok' : 'MISSED', row.note ?? '']);
  const widths = [0, 1, 2, 3].map((i) => Math.max(...lines.map((line) => line[i].length)));
  for (const [name, value, mark, met, note] of lines) console.log(`${name.padEnd(widths[0])}  ${value.padStart(widths[1])}  ${mark.padStart(widths[2])}  ${met.padEnd(widths[3])}  ${note}`);
  console.log(`${cpus().length} processors; load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after. On a machine that does other work, times on the clock say little.`);
}
process.exitCode = rows.every((row) => row.mark === undefined || isMet(row)) ? 0 : 1;
