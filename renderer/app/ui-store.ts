/** How the window is arranged just now: which panels and dialogs are open, and what it has to say or to ask. */
import { createStore } from 'zustand/vanilla';

export const LEFT_PANELS = ['palette', 'outline'] as const;
export const RIGHT_PANELS = ['inspector', 'docs'] as const;
export const BOTTOM_PANELS = ['curves', 'test', 'confusion', 'samples', 'histograms', 'features', 'boundary', 'fit', 'generated', 'writing', 'problems', 'log'] as const;
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
/** Something that must be answered before the window goes on; texts are in the user's language. */
export interface Question {
  readonly title: string;
  readonly message: string;
  /** Shown smaller: the exact words and numbers. */
  readonly detail?: string;
  /** The first is the one that Enter takes. Closing the question any other way is no answer. */
  readonly answers: readonly { readonly id: string; readonly title: string; readonly tone?: 'primary' | 'plain' | 'danger' }[];
}
export interface UiState {
  readonly left: LeftPanel | undefined;
  readonly right: RightPanel | undefined;
  readonly bottom: BottomPanel | undefined;
  readonly dialog: DialogName | undefined;
  /** What the dialog is about, where it needs to know (a node to rename, a run to export). */
  readonly dialogSubject: string | undefined;
  readonly question: Question | undefined;
  /** Which step of the tour is shown. */
  readonly tour: number | undefined;
  readonly toasts: readonly Toast[];
  /** For screen readers: the last thing that happened. */
  readonly announcement: string;
}
export type UiStore = ReturnType<typeof createUiStore>;

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;
const STORAGE_KEY = 'netloom.panels';

/** The panels that stood open come back with the window where `storage` remembers them. */
export function createUiStore(storage?: Storage) {
  const store = createStore<UiState>(() => ({
    left: 'palette', right: 'inspector', bottom: 'curves', ...(storage === undefined ? {} : readPanels(storage)),
    dialog: undefined, dialogSubject: undefined, question: undefined, tour: undefined, toasts: [], announcement: '',
  }));
  let nextToast = 1;
  let answerQuestion: ((answer: string | undefined) => void) | undefined;
  if (storage !== undefined) {
    store.subscribe(({ left, right, bottom }, before) => {
      if (left !== before.left || right !== before.right || bottom !== before.bottom) writePanels(storage, { left, right, bottom });
    });
  }
  const answer = (id: string | undefined): void => {
    const resolve = answerQuestion;
    answerQuestion = undefined;
    store.setState({ question: undefined });
    resolve?.(id);
  };
  return {
    ...store,
    show: (part: Partial<Pick<UiState, 'left' | 'right' | 'bottom'>>): void => store.setState(part),
    openDialog: (dialog: DialogName, subject?: string): void => store.setState({ dialog, dialogSubject: subject }),
    closeDialog: (): void => store.setState({ dialog: undefined, dialogSubject: undefined }),
    showTour: (tour: number | undefined): void => store.setState({ tour }),
    announce: (announcement: string): void => store.setState({ announcement }),
    /** Returns its id, for whoever dismisses it before its time. */
    toast: (toast: Omit<Toast, 'id'>): number => {
      const id = nextToast++;
      store.setState({ toasts: [...store.getState().toasts.slice(-3), { ...toast, id }] });
      return id;
    },
    dismiss: (id: number): void => store.setState({ toasts: store.getState().toasts.filter((toast) => toast.id !== id) }),
    /** Resolves to the id of the answer, or to undefined when there was none. A question still open is thereby left unanswered. */
    ask: (question: Question): Promise<string | undefined> => {
      answer(undefined);
      return new Promise((resolve) => {
        answerQuestion = resolve;
        store.setState({ question });
      });
    },
    answer,
  };
}

type Panels = Pick<UiState, 'left' | 'right' | 'bottom'>;

function readPanels(storage: Storage): Partial<Panels> {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const read = <P extends string>(name: string, known: readonly P[]): { readonly [name: string]: P | undefined } => {
      const id = (value as Readonly<Record<string, unknown>>)[name];
      const panel = known.find((each) => each === id);
      // null is a bar that was closed; anything else unknown is another version's.
      return panel !== undefined || id === null ? { [name]: panel } : {};
    };
    return { ...read('left', LEFT_PANELS), ...read('right', RIGHT_PANELS), ...read('bottom', BOTTOM_PANELS) };
  } catch {
    return {};
  }
}

function writePanels(storage: Storage, { left = null, right = null, bottom = null }: { readonly [K in keyof Panels]: Panels[K] | null }): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify({ left, right, bottom }));
  } catch {
    // A full or forbidden storage: the panels stand as they stand until the window closes.
  }
}
