/** Where the window stood when it was last closed; a screen that is gone since then does not take it along. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface WindowState {
  readonly bounds: Rectangle | undefined;
  readonly maximized: boolean;
}
const SIZE = { width: 1440, height: 900 } as const;
export const MIN_SIZE = { width: 900, height: 600 } as const;
/** So much of the title bar must be on a screen for the window to be grabbed: pixels. */
const REACHABLE = 80;

const schema = z.object({ bounds: z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() }), maximized: z.boolean() });

export function readWindowState(path: string): WindowState {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return { bounds: undefined, maximized: false };
  }
}
export function writeWindowState(path: string, state: WindowState): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(state));
  } catch {
    // The next window stands where the system puts it.
  }
}

/** Bounds for the next window: as kept if they can be reached on one of the screens, else only their size. */
export function fitToScreens(bounds: Rectangle | undefined, screens: readonly Rectangle[]): Partial<Rectangle> & { readonly width: number; readonly height: number } {
  const largest = screens.reduce((most, { width, height }) => ({ width: Math.max(most.width, width), height: Math.max(most.height, height) }), { width: 0, height: 0 });
  const size = {
    width: Math.max(MIN_SIZE.width, Math.min(bounds?.width ?? SIZE.width, largest.width || SIZE.width)),
    height: Math.max(MIN_SIZE.height, Math.min(bounds?.height ?? SIZE.height, largest.height || SIZE.height)),
  };
  if (bounds === undefined) return size;
  const isReachable = screens.some((screen) => {
    const overlap = Math.min(bounds.x + size.width, screen.x + screen.width) - Math.max(bounds.x, screen.x);
    return overlap >= REACHABLE && bounds.y >= screen.y && bounds.y < screen.y + screen.height - REACHABLE;
  });
  return isReachable ? { x: bounds.x, y: bounds.y, ...size } : size;
}
