/**
 * Finds what was open when windows died. Each window's journal goes under a session id that survives
 * a reload; a claim on it, which dies with the window, tells the living from the dead.
 */
import { parseDocument, serializeDocument } from '../../engine/graph/parse.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import type { Host } from '../host/host.ts';
import { type JournalStorage, type Recovered, type SessionHead, replay } from './journal.ts';

const SESSION_KEY = 'netloom.session';
/** A page that reloads gives up its claims a moment after the new one begins. */
const OWN_CLAIM_TRIES = 8;
const OWN_CLAIM_PAUSE_MS = 60;

export interface OwnSession {
  readonly session: string;
  /** What this window had open before it was reloaded. */
  readonly before: SessionHead | undefined;
}
/** Work of a window that is gone; claimed, so that no other window offers it meanwhile. */
export interface LostSession {
  readonly head: SessionHead;
  release(): void;
}

const claimKey = (session: string): string => `session:${session}`;

export async function takeSession(host: Pick<Host, 'claim'>, storage: JournalStorage, kept: Pick<Storage, 'getItem' | 'setItem'>, newId: () => string = () => crypto.randomUUID()): Promise<OwnSession> {
  const known = kept.getItem(SESSION_KEY);
  if (known !== null && await claimPatiently(host, claimKey(known))) {
    const heads = await storage.heads().catch(() => []);
    return { session: known, before: heads.find((head) => head.session === known) };
  }
  // A first start, or a duplicated tab: it has the id of the tab that it is a copy of.
  const session = newId();
  kept.setItem(SESSION_KEY, session);
  await host.claim(claimKey(session));
  return { session, before: undefined };
}

async function claimPatiently(host: Pick<Host, 'claim'>, key: string): Promise<boolean> {
  for (let i = 0; i < OWN_CLAIM_TRIES; i++) {
    if (await host.claim(key) !== undefined) return true;
    await new Promise((resolve) => setTimeout(resolve, OWN_CLAIM_PAUSE_MS));
  }
  return false;
}

/** Unsaved work of windows that are gone, newest first. Journals of dead windows without any are removed. */
export async function findLostSessions(host: Pick<Host, 'claim'>, storage: JournalStorage, own: string): Promise<readonly LostSession[]> {
  const lost: LostSession[] = [];
  for (const head of await storage.heads()) {
    if (head.session === own) continue;
    const release = await host.claim(claimKey(head.session));
    if (release === undefined) continue;
    if (head.unsaved) {
      lost.push({ head, release });
    } else {
      await storage.remove(head.session);
      release();
    }
  }
  return lost.sort((a, b) => b.head.changedAt - a.head.changedAt);
}

/** Undefined when nothing of it can be used. */
export async function readSession(storage: JournalStorage, session: string): Promise<Recovered | undefined> {
  return replay(await storage.read(session), isValidDocument);
}

function isValidDocument(doc: GraphDoc): boolean {
  try {
    return parseDocument(serializeDocument(doc)).problem === undefined;
  } catch {
    return false;
  }
}
