/** Which window has a document: a lock lasts until it is released or its window is gone, in a browser and in Electron alike. */
export function claim(key: string): Promise<(() => void) | undefined> {
  // Pages without https have no locks, and no way to know of each other.
  if (!('locks' in navigator)) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    navigator.locks.request(`netloom-document:${key}`, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    }).catch(reject);
  });
}
