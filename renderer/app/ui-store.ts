/** How the window is arranged just now: which panels and dialogs are open, and what it has to say. */
import { createStore } from 'zustand/vanilla';

export const LEFT_PANELS = ['palette', 'outline'] as const;
export const RIGHT_PANELS = ['inspector', 'docs'] as const;
export const BOTTOM_PANELS = ['curves', 'test', 'confusion', 'samples', 'histograms', 'features', 'boundary', 'fit', 'problems', 'log'] as const;
export type LeftPanel = (typeof LEFT_PANELS)[number];
export type RightPanel = (typeof RIGHT_PANELS)[number];
export type BottomPanel = (typeof BOTTOM_PANELS)[number];
export type DialogName = 'gallery' | 'commands' | 'keys' | 'settings' | 'about' | 'export' | 'recover' | 'runs' | 'rename' | 'find';

export interface Toast {
  readonly id: number;
  readonly tone: 'info' | 'ok' | 'warning' | 'danger';
  /** Already in the user's language. */
  readonly message: string;
  readonly action?: { readonly title: string; readonly run: () => void };
}
export interface UiState {
  readonly left: LeftPanel | undefined;
  readonly right: RightPanel | undefined;
  readonly bottom: BottomPanel | undefined;
  readonly dialog: DialogName | undefined;
  /** What the dialog is about, where it needs to know (a node to rename, a run to export). */
  readonly dialogSubject: string | undefined;
  readonly toasts: readonly Toast[];
  /** For screen readers: the last thing that happened. */
  readonly announcement: string;
}
export type UiStore = ReturnType<typeof createUiStore>;

export function createUiStore() {
  const store = createStore<UiState>(() => ({ left: 'palette', right: 'inspector', bottom: 'curves', dialog: undefined, dialogSubject: undefined, toasts: [], announcement: '' }));
  let nextToast = 1;
  return {
    ...store,
    show: (part: Partial<Pick<UiState, 'left' | 'right' | 'bottom'>>): void => store.setState(part),
    openDialog: (dialog: DialogName, subject?: string): void => store.setState({ dialog, dialogSubject: subject }),
    closeDialog: (): void => store.setState({ dialog: undefined, dialogSubject: undefined }),
    announce: (announcement: string): void => store.setState({ announcement }),
    toast: (toast: Omit<Toast, 'id'>): void => store.setState({ toasts: [...store.getState().toasts.slice(-3), { ...toast, id: nextToast++ }] }),
    dismiss: (id: number): void => store.setState({ toasts: store.getState().toasts.filter((toast) => toast.id !== id) }),
  };
}
