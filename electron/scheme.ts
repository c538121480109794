/**
 * The window's own scheme: `app://netloom/…` gives the files of dist/web and nothing else. A scheme of
 * our own has an origin (so storage and locks work), which `file:` has not, and sets our own headers.
 */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

export const SCHEME = 'app';
export const ORIGIN = `${SCHEME}://netloom`;
export const START_URL = `${ORIGIN}/index.html`;

const MIME: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.woff': 'font/woff', '.ttf': 'font/ttf', '.txt': 'text/plain; charset=utf-8', '.webmanifest': 'application/manifest+json',
};
/** Inline styles are React Flow's and uPlot's: positions and sizes of what they draw. Data sets are fetched by the engine's process, never by the window. */
const POLICY = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self' blob: data:",
  "worker-src 'self' blob:", "manifest-src 'self'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'",
].join('; ');

const headers = (type: string): Record<string, string> => ({
  'Content-Type': type, 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff',
  // Shared memory needs a cross-origin isolated page.
  'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin',
});
const refusal = (status: number, text: string): Response => new Response(text, { status, headers: headers('text/plain; charset=utf-8') });

/** Answers requests of the scheme from `folder`; anything outside of it is not found. */
export function serveFolder(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Method not allowed');
    const url = new URL(request.url);
    if (url.host !== 'netloom') return refusal(404, 'Not found');
    let path: string;
    try {
      path = decodeURIComponent(url.pathname);
    } catch {
      return refusal(400, 'Bad request');
    }
    const file = normalize(join(folder, path === '/' ? 'index.html' : path));
    if (path.includes('\0') || !file.startsWith(normalize(folder + sep))) return refusal(404, 'Not found');
    try {
      const body = await readFile(file);
      return new Response(request.method === 'HEAD' ? null : new Uint8Array(body), { headers: headers(MIME[extname(file)] ?? 'application/octet-stream') });
    } catch {
      return refusal(404, 'Not found');
    }
  };
}

/** Whether a frame is our own page: the right origin, and the window's top frame. */
export function isOwnFrame(frame: { readonly url: string; readonly parent?: unknown } | null): boolean {
  if (frame === null || (frame.parent !== null && frame.parent !== undefined)) return false;
  try {
    const url = new URL(frame.url);
    return url.protocol === `${SCHEME}:` && url.host === 'netloom';
  } catch {
    return false;
  }
}
