/**
 * Prepares the site before the window opens: where the server sends no headers for shared memory, a service
 * worker adds them, which takes one load more at the first visit. Later visits work without a network.
 */

/** In the session's storage: this tab was loaded anew once for the service worker's sake, and must not be again. */
const RELOADED = 'netloom.reloaded';
/** A worker that has not taken over by then serves from the next visit on: ms. */
const TAKEOVER_LIMIT = 3000;
/** The site is brought into store once the window has settled: ms. */
const SETTLED = 4000;

const isThisMachine = (): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);

/** Resolves when the window may open; not at all when the page is about to be loaded anew. */
export async function prepareSite(): Promise<void> {
  const workers = (navigator as { readonly serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  if (workers === undefined || !import.meta.env.PROD) return;
  if (crossOriginIsolated) forget();
  // The server of `npm start` sends the headers, and without it there is nothing to open.
  if (crossOriginIsolated && isThisMachine() && workers.controller === null) return;
  try {
    const registration = await workers.register(new URL('sw.js', document.baseURI), { updateViaCache: 'none' });
    setTimeout(() => registration.active?.postMessage('keep'), SETTLED);
    if (crossOriginIsolated || !(await takenOver(workers)) || !firstTime()) return;
  } catch {
    // Forbidden by the browser, or not there: one thread then, and a network.
    return;
  }
  location.reload();
  await new Promise<never>(() => {});
}

function takenOver(workers: ServiceWorkerContainer): Promise<boolean> {
  if (workers.controller !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    workers.addEventListener('controllerchange', () => resolve(true), { once: true });
    setTimeout(() => resolve(false), TAKEOVER_LIMIT);
  });
}

/** False without a storage: nothing would end the loop. */
function firstTime(): boolean {
  try {
    if (sessionStorage.getItem(RELOADED) !== null) return false;
    sessionStorage.setItem(RELOADED, '1');
    return true;
  } catch {
    return false;
  }
}
function forget(): void {
  try {
    sessionStorage.removeItem(RELOADED);
  } catch {
    // Without a storage there is nothing to forget.
  }
}
