/**
 * Serves the built window to browsers on this machine and to nobody else: bound to the loopback
 * interface, and deaf to any other host name, so that no web page can reach it by pointing a name here.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { relayDataset } from './dataset-relay.ts';

const LOOPBACK = '127.0.0.1';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.json': 'application/json', '.webmanifest': 'application/manifest+json', '.map': 'application/json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml',
  '.png': 'image/png', '.webp': 'image/webp', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.woff': 'font/woff', '.ttf': 'font/ttf', '.txt': 'text/plain; charset=utf-8',
};

export interface WebServerOptions {
  /** The built site: dist/web. */
  readonly folder: string;
  /** Tried first; any free port where it is taken. 0 for any. */
  readonly port: number;
  /** Where data sets are looked for before the network: a folder or URL. */
  readonly datasets?: string | undefined;
}
export interface WebServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const policy = contentPolicy(options.folder);
  const server = createServer((request, response) => {
    answer(request, response, options, policy).catch((error: unknown) => {
      // A reader that went away is no trouble of ours.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, error instanceof Error ? error.message : String(error));
    });
  });
  const port = await listen(server, options.port);
  return {
    url: `http://${LOOPBACK}:${port}/`,
    port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** Workers do not inherit the page's own policy, so it is sent with every answer. */
function contentPolicy(folder: string): string {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const own = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'").replaceAll('&amp;', '&');
  return own === undefined ? "frame-ancestors 'none'" : `${own}; frame-ancestors 'none'`;
}

async function listen(server: Server, wanted: number): Promise<number> {
  const tryPort = (port: number): Promise<number> => new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
  try {
    return await tryPort(wanted);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (wanted === 0 || (code !== 'EADDRINUSE' && code !== 'EACCES')) throw error;
    return tryPort(0);
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, { folder, datasets }: WebServerOptions, policy: string): Promise<void> {
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  const port = request.socket.localPort;
  if (![`${LOOPBACK}:${port}`, `localhost:${port}`].includes(request.headers.host ?? '')) return refuse(response, 403, 'This server answers to this machine only.');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'Only GET and HEAD are allowed.');
  }
  const path = pathOf(request.url ?? '/');
  if (path === undefined) return refuse(response, 400, 'This is no path of this site.');
  if (path === '/site.json') {
    // The window may ask this server for data sets, which spares the hosts' leave for other sites to read them.
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Cache-Control', 'no-store');
    response.end(request.method === 'HEAD' ? undefined : '{ "datasets": true }\n');
    return;
  }
  if (path.startsWith('/datasets/')) return relayDataset(path.slice('/datasets/'.length), datasets, request, response);
  await sendFile(path === '/' ? '/index.html' : path, folder, request, response);
}

/** The decoded path; undefined for what could lead out of the folder or cannot be decoded. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/s, ''));
    const isPlain = path.startsWith('/') && !/[\\\0]/.test(path) && !path.split('/').some((part) => part === '..' || part === '.');
    return isPlain ? path : undefined;
  } catch {
    return undefined;
  }
}

async function sendFile(path: string, folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = join(folder, ...path.split('/'));
  const info = file.startsWith(folder + sep) ? await stat(file).catch(() => undefined) : undefined;
  if (info?.isFile() !== true) return refuse(response, 404, `There is no ${path} here.`);
  const tag = `"${info.size.toString(36)}-${Math.round(info.mtimeMs).toString(36)}"`;
  response.setHeader('ETag', tag);
  // The names in assets/ change with what is in them.
  response.setHeader('Cache-Control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('Content-Type', TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream');
  response.setHeader('Content-Length', info.size);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(file), response);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${why}\n`);
}
