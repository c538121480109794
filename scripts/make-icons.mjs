/** Draws the app's icons from assets/public/icons/netloom.svg, in the sizes that desktops ask for: `node scripts/make-icons.mjs` after a change of the mark. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findBrowser } from './browsers.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const FOLDER = join(ROOT, 'assets', 'icons');
/** electron-builder makes .ico and .icns from the largest; Linux wants each as a file. */
const SIZES = [16, 32, 48, 64, 128, 256, 512, 1024];

const svg = readFileSync(join(ROOT, 'assets', 'public', 'icons', 'netloom.svg'), 'utf8');
mkdirSync(join(FOLDER, 'icons'), { recursive: true });
const browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });
try {
  for (const size of SIZES) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${svg}`);
    const png = await page.screenshot({ omitBackground: true });
    writeFileSync(join(FOLDER, 'icons', `${size}x${size}.png`), png);
    if (size === SIZES.at(-1)) writeFileSync(join(FOLDER, 'icon.png'), png);
    await page.close();
  }
} finally {
  await browser.close();
}
console.log(`Drew ${SIZES.length} sizes into assets/icons.`);
