/** A part that scrolls and has nothing in it that takes the keyboard: it takes it itself, so that the arrow keys scroll it. */
import type { ReactNode } from 'react';

export function ScrollRegion({ label, className, children }: { readonly label: string; readonly className: string; readonly children: ReactNode }) {
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- without it, what lies below can be reached with a mouse only
  return <section className={className} aria-label={label} tabIndex={0}>{children}</section>;
}
