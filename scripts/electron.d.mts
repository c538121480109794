export function findElectron(): string | undefined;
export function prepareElectron(): { readonly electron: string } | { readonly obstacle: string };
