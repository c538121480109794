/**
 * What a browser shows of a window that is not looked at: its title, with how far a run is, a badge where
 * the site is installed, and notifications. Leave to notify is asked when it would first have been of use:
 * at the first click after a run has ended unseen. Until then the title says it.
 */

/** Per cent between two badges. */
const BADGE_STEP = 5;

export interface Notices {
  setTitle(title: string): void;
  setProgress(share: number | undefined): void;
  notify(title: string, body: string): void;
}

export function createNotices(onClick: () => void): Notices {
  let title = document.title;
  let percent: number | undefined;
  let unseen: string | undefined;
  let asked = false;

  const show = (): void => {
    const progress = percent === undefined ? '' : `${percent} % · `;
    document.title = unseen === undefined ? progress + title : `● ${unseen} · ${title}`;
  };
  const ask = (): void => {
    if (asked || !('Notification' in window) || Notification.permission !== 'default') return;
    asked = true;
    addEventListener('pointerdown', () => void Notification.requestPermission().catch(() => undefined), { once: true });
  };
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || unseen === undefined) return;
    unseen = undefined;
    show();
  });

  return {
    setTitle: (next) => {
      if (next === title) return;
      title = next;
      show();
    },
    setProgress: (share) => {
      const next = share === undefined ? undefined : Math.floor(Math.min(1, Math.max(0, share)) * 100);
      if (next === percent) return;
      percent = next;
      show();
      // Only installed sites have a badge; elsewhere the call does nothing or fails. Each goes to another process: tens of them are enough.
      if ('setAppBadge' in navigator && (next === undefined || next % BADGE_STEP === 0)) void (next === undefined ? navigator.clearAppBadge() : navigator.setAppBadge(next)).catch(() => undefined);
    },
    notify: (heading, body) => {
      if (document.visibilityState === 'visible' && document.hasFocus()) return;
      if ('Notification' in window && Notification.permission === 'granted') {
        try {
          const notice = new Notification(heading, { body, tag: 'netloom' });
          notice.addEventListener('click', () => {
            window.focus();
            notice.close();
            onClick();
          });
          return;
        } catch {
          // Android's Chrome lets only service workers notify: the title must do.
        }
      }
      ask();
      if (document.visibilityState === 'visible') return;
      unseen = heading;
      show();
    },
  };
}
