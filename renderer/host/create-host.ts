/** Which host this window runs in: the desktop's preload leaves its bridge in the page, everything else is a browser. */
import { createBrowserHost } from './browser.ts';
import { BRIDGE_NAME, type DesktopBridge } from './desktop-bridge.ts';
import { createDesktopHost } from './desktop.ts';
import type { Host } from './host.ts';

export function createHost(): Host {
  const bridge = Reflect.get(window, BRIDGE_NAME) as DesktopBridge | undefined;
  return bridge === undefined ? createBrowserHost() : createDesktopHost(bridge);
}
