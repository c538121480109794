/**
 * The one map of channels between the desktop's main process and a window. The preload lets nothing
 * else through; main validates what comes in; both sides take their types from here.
 */
import type { FileRef, HostEvent, Menu } from './host.ts';

/** A file as it travels between the processes. */
export interface DesktopFile {
  readonly file: FileRef;
  readonly bytes: Uint8Array;
}
/** A file that could not be read or written, as an answer: errors lose their class on the way. */
export interface DesktopFailure {
  readonly failed: 'not-found' | 'not-allowed' | 'no-space' | 'too-large' | 'failed';
  readonly fileName: string;
}
export interface DesktopFilter {
  readonly extension: string;
  readonly description: string;
}

/** Window to main, with an answer. */
export interface DesktopCalls {
  /** null: the user changed their mind. */
  'file:open': { params: { readonly filter: DesktopFilter }; result: DesktopFile | DesktopFailure | null };
  'file:reopen': { params: { readonly key: string }; result: DesktopFile | DesktopFailure };
  /** A path from a dropped file, which only the preload can tell. */
  'file:dropped': { params: { readonly path: string }; result: DesktopFile | DesktopFailure };
  /** Without `key`, or with one that this app never opened, a dialog asks where. */
  'file:save': { params: { readonly key?: string; readonly suggestedName: string; readonly filter: DesktopFilter; readonly bytes: Uint8Array }; result: FileRef | DesktopFailure | null };
  /** The engine's number; its port follows by a window message, its end by `engine:exit`. */
  'engine:start': { params: Record<string, never>; result: number };
}
/** Window to main, without an answer. */
export interface DesktopSends {
  'engine:stop': number;
  'window:title': string;
  /** 0 to 1; null takes the bar away. */
  'window:progress': number | null;
  'window:unsaved': boolean;
  'window:notify': { readonly title: string; readonly body: string };
  'menu:set': readonly Menu[];
  'link:open': string;
  /** The window listens; what was waiting for it (a double-clicked file) may be sent. */
  'window:ready': null;
}
/** Main to window. */
export interface DesktopEvents {
  'host:event': HostEvent;
  'engine:exit': { readonly engine: number; readonly reason: string };
}

export type CallChannel = keyof DesktopCalls;
export type SendChannel = keyof DesktopSends;
export type EventChannel = keyof DesktopEvents;

/** What the preload puts into the page as `netloomDesktop`. */
export interface DesktopBridge {
  readonly version: string;
  call<C extends CallChannel>(channel: C, params: DesktopCalls[C]['params']): Promise<DesktopCalls[C]['result']>;
  send<C extends SendChannel>(channel: C, value: DesktopSends[C]): void;
  /** Returns how to stop listening. */
  on<C extends EventChannel>(channel: C, listener: (value: DesktopEvents[C]) => void): () => void;
  /** Where a dropped file lies; empty for one that lies nowhere. */
  pathOf(file: File): string;
}
export const BRIDGE_NAME = 'netloomDesktop';

export const CALL_CHANNELS = ['file:open', 'file:reopen', 'file:dropped', 'file:save', 'engine:start'] as const satisfies readonly CallChannel[];
export const SEND_CHANNELS = ['engine:stop', 'window:title', 'window:progress', 'window:unsaved', 'window:notify', 'menu:set', 'link:open', 'window:ready'] as const satisfies readonly SendChannel[];
export const EVENT_CHANNELS = ['host:event', 'engine:exit'] as const satisfies readonly EventChannel[];

/** Carries an engine's MessagePort from main to the preload, and (as a window message) from there to the page. */
export const ENGINE_PORT_CHANNEL = 'engine:port';
export interface EnginePortMessage {
  readonly kind: 'netloom-engine-port';
  readonly engine: number;
}
