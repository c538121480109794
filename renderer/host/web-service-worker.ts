/**
 * The service worker of the site. It adds the headers that shared memory needs where the server sends
 * none, and keeps the site, so that it opens without a network after the first visit. Pages come from the
 * network first, so that a new version is seen at once; everything else has its digest in its name and
 * comes from the store. Data sets are not its business: the engine keeps those.
 */

/** What this file needs of a service worker's global; TypeScript has it only in a library that excludes the DOM's. */
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface WorkerGlobal {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: ExtendableEvent & { readonly data: unknown }) => void): void;
}
declare const self: WorkerGlobal;
/** Both are written in by the build: paths of all files of the site, and a digest over them. */
declare const __SITE_FILES__: readonly string[];
declare const __BUILD__: string;

const PREFIX = `netloom ${self.registration.scope} `;
const STORE = PREFIX + __BUILD__;
const at = (path: string): string => new URL(path, self.registration.scope).href;
const START = at('index.html');
/** Read from the network alone: what the server says of itself, and data sets. */
const isLive = (url: string): boolean => url === at('site.json') || url.startsWith(at('datasets/'));
/** A network that has not answered by then is taken for none: ms. */
const PATIENCE = 4000;
const AT_ONCE = 4;

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' };

function isolated(response: Response): Response {
  // Opaque and redirected answers cannot be rebuilt; they are handed on as they are.
  if (response.status === 0 || response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** The stores of this site's builds, newest last. */
async function stores(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX));
}

async function kept(url: string): Promise<Response | undefined> {
  for (const name of [STORE, ...(await stores()).reverse()]) {
    const found = await (await caches.open(name)).match(url, { ignoreSearch: true, ignoreVary: true });
    if (found !== undefined) return found;
  }
  return undefined;
}

async function page(request: Request): Promise<Response> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE);
  });
  const network = fetch(request);
  network.catch(() => undefined);
  try {
    const first = await Promise.race([network, late]);
    if (first !== undefined && first.status < 500) return first;
  } catch {
    // No network: what is kept will do.
  } finally {
    clearTimeout(timer);
  }
  // The page of a build is kept after all that it needs.
  return (await kept(START)) ?? network;
}

async function part(request: Request): Promise<Response> {
  return (await kept(request.url)) ?? fetch(request);
}

/** Megabytes that the window needs for one thing only, such as running an exported file: they come when all else is there. */
const isLarge = (url: string): boolean => url.endsWith('.wasm');

/** Brings what is still missing of this build, its page after all that it needs, then lets go of all older builds but the one before: its windows may still be open. */
async function keep(): Promise<void> {
  const store = await caches.open(STORE);
  const present = new Set((await store.keys()).map((request) => request.url));
  const missing = __SITE_FILES__.map(at).filter((url) => url !== START && !present.has(url));
  const bring = async (urls: string[]): Promise<void> => {
    const next = async (): Promise<void> => {
      for (let url = urls.shift(); url !== undefined; url = urls.shift()) await store.add(url);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  };
  await bring(missing.filter((url) => !isLarge(url)));
  if (!present.has(START)) await store.add(new Request(START, { cache: 'reload' }));
  const old = (await stores()).filter((name) => name !== STORE);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
  await bring(missing.filter(isLarge));
}

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  // A fetch that fails leaves the rest for the next visit.
  if (event.data === 'keep') event.waitUntil(keep().catch(() => undefined));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(self.registration.scope) || isLive(request.url)) return;
  event.respondWith((request.mode === 'navigate' ? page(request) : part(request)).then(isolated));
});

export {};
