/** Bundles the desktop shell; see build-desktop.mjs. */
export function buildDesktop(folder?: string): Promise<void>;
