/** How the window is built: a static site in dist/web that any file server (and the desktop's own scheme) can offer. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { type Plugin, defineConfig } from 'vite';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string };
/** Shared memory needs a page that is cross-origin isolated. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * What the page may do. Styles in elements are React Flow's and KaTeX's: positions and sizes of what they
 * draw. The two foreign hosts are those that let web pages read the data sets (engine/data/datasets).
 */
const POLICY = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self' data:",
  "connect-src 'self' https://raw.githubusercontent.com https://cdn.jsdelivr.net", "worker-src 'self'", "manifest-src 'self'", "form-action 'none'", "base-uri 'none'",
].join('; ');

/** In the built page alone: the development server puts scripts of its own into it. */
const contentPolicy: Plugin = {
  name: 'netloom-content-policy',
  apply: 'build',
  transformIndexHtml: () => [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' }],
};

/** Maps are for developers; the older font formats for browsers that cannot run this. */
const NOT_KEPT = /\.(map|woff|ttf)$/;

/** Files that are copied as they are; but what a server says of itself is not to be kept. */
function publicFiles(folder: string): string[] {
  if (folder === '' || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'site.json')
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/')).sort();
}

/**
 * Tells the service worker which files make up the site, and a name for this build: the digest of all of
 * them. The names of built files carry digests of their own, so only those without one are read.
 */
function siteFiles(): Plugin {
  let publicFolder = '';
  return {
    name: 'netloom-site-files',
    apply: 'build',
    enforce: 'post',
    configResolved: ({ publicDir }) => {
      publicFolder = publicDir;
    },
    generateBundle(_, bundle) {
      const worker = Object.values(bundle).find((file) => file.type === 'chunk' && file.fileName === 'sw.js');
      if (worker?.type !== 'chunk') return;
      const files = Object.values(bundle).filter((file) => file !== worker && !NOT_KEPT.test(file.fileName)).map((file) => file.fileName).sort();
      const digest = createHash('sha256').update(worker.code).update(version);
      for (const name of files) {
        const file = bundle[name];
        digest.update(name).update(file?.type === 'asset' ? file.source : (file?.code ?? ''));
      }
      for (const name of publicFiles(publicFolder)) {
        files.push(name);
        digest.update(name).update(readFileSync(join(publicFolder, name)));
      }
      worker.code = worker.code.replaceAll('__SITE_FILES__', JSON.stringify(files)).replaceAll('__BUILD__', JSON.stringify(digest.digest('hex').slice(0, 12)));
    },
  };
}

export default defineConfig({
  root: 'renderer',
  // Relative, so that the site works in any folder of any server.
  base: './',
  publicDir: '../assets/public',
  plugins: [react(), contentPolicy, siteFiles()],
  // The strict content policy forbids code made from strings, which zod would try for speed.
  resolve: { alias: [{ find: /^zod$/, replacement: path('renderer/host/zod-without-eval.ts') }] },
  define: { __VERSION__: JSON.stringify(version) },
  build: {
    outDir: '../dist/web', emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, chunkSizeWarningLimit: 1500,
    rollupOptions: {
      input: { index: path('renderer/index.html'), sw: path('renderer/host/web-service-worker.ts') },
      // A service worker rules over its own folder, so it lies at the site's root, under a name that stays.
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
      onwarn: (warning, warn) => {
        // Comments in packages that only other bundlers read.
        if (warning.code !== 'INVALID_ANNOTATION') warn(warning);
      },
    },
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', headers: isolation },
  preview: { host: '127.0.0.1', headers: isolation },
});
