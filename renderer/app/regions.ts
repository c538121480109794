/** F6 takes the keyboard from one region of the window to the next, Shift+F6 back, as desktop programs do. */
const REGIONS = '[data-region]';
const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex]:not([tabindex="-1"])';

export function focusNextRegion(direction: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>(REGIONS)].filter((region) => region.offsetParent !== null || region.getClientRects().length > 0);
  if (regions.length === 0) return;
  const now = regions.findIndex((region) => region.contains(document.activeElement));
  const start = now === -1 && direction === -1 ? 0 : now;
  for (let i = 1; i <= regions.length; i++) {
    const region = regions[(start + direction * i + regions.length * 2) % regions.length];
    if (region !== undefined && enter(region)) return;
  }
}

/** A region is entered where it was left, if it says so, else at its first control. */
function enter(region: HTMLElement): boolean {
  const candidates = [...region.querySelectorAll<HTMLElement>('[data-region-entry]'), ...region.querySelectorAll<HTMLElement>(FOCUSABLE)];
  for (const each of candidates) {
    if (each.getClientRects().length === 0) continue;
    each.focus();
    if (region.contains(document.activeElement)) return true;
  }
  return false;
}
