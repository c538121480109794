/** Which host this window runs in: the desktop's preload leaves its mark, everything else is a browser. */
import { createBrowserHost } from './browser.ts';
import type { Host } from './host.ts';

export const createHost = (): Host => createBrowserHost();
