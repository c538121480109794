/** Journals in IndexedDB: each write is one transaction, on the disk before it counts as done. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { JournalEntry, JournalSnapshot, JournalStorage, SessionHead } from './journal.ts';

interface Schema extends DBSchema {
  readonly heads: { key: string; value: SessionHead };
  readonly snapshots: { key: string; value: JournalSnapshot };
  readonly entries: { key: [string, number]; value: { readonly session: string; readonly seq: number; readonly entry: JournalEntry } };
}
const NAME = 'netloom-journal';
const VERSION = 1;
const ofSession = (session: string): IDBKeyRange => IDBKeyRange.bound([session, 0], [session, Number.MAX_SAFE_INTEGER]);

export function openJournalStorage(): JournalStorage {
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const database = (): Promise<IDBPDatabase<Schema>> => (opened ??= open().catch((error: unknown) => {
    opened = undefined;
    throw error;
  }));
  const open = (): Promise<IDBPDatabase<Schema>> => openDB<Schema>(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore('heads', { keyPath: 'session' });
      db.createObjectStore('snapshots');
      db.createObjectStore('entries', { keyPath: ['session', 'seq'] });
    },
    // The browser closed it (storage was cleared): the next write opens it anew.
    terminated: () => { opened = undefined; },
  });
  return {
    heads: async () => (await database()).getAll('heads'),
    read: async (session) => {
      const transaction = (await database()).transaction(['snapshots', 'entries']);
      const [snapshot, entries] = await Promise.all([transaction.objectStore('snapshots').get(session), transaction.objectStore('entries').getAll(ofSession(session))]);
      return { snapshot, entries };
    },
    write: async ({ head, snapshot, entries }) => {
      const transaction = (await database()).transaction(['heads', 'snapshots', 'entries'], 'readwrite', { durability: 'strict' });
      const work: Promise<unknown>[] = [transaction.objectStore('heads').put(head)];
      if (snapshot !== undefined) work.push(transaction.objectStore('entries').delete(ofSession(head.session)), transaction.objectStore('snapshots').put(snapshot, head.session));
      for (const { seq, entry } of entries) work.push(transaction.objectStore('entries').put({ session: head.session, seq, entry }));
      // Said at once: what a page that goes away has not committed by then is undone.
      transaction.commit();
      await Promise.all([...work, transaction.done]);
    },
    remove: async (session) => {
      const transaction = (await database()).transaction(['heads', 'snapshots', 'entries'], 'readwrite');
      await Promise.all([transaction.objectStore('heads').delete(session), transaction.objectStore('snapshots').delete(session), transaction.objectStore('entries').delete(ofSession(session)), transaction.done]);
    },
  };
}
