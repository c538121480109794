/**
 * The canvas's words for what there are hundreds of at once: nodes, their ports and parameters. Asking the
 * translator costs each of them a dozen hooks, a fifth of what drawing a node costs; here one asks for all.
 */
import type { TFunction } from 'i18next';
import { type ReactNode, createContext, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Text } from '../../engine/text.ts';
import { textIn } from '../i18n/i18n.ts';

interface Words {
  /** Keys of the namespace `canvas`. */
  readonly t: TFunction<'canvas'>;
  readonly language: string;
  /** Texts of the engine. */
  text(text: Text): string;
}
const Context = createContext<Words | undefined>(undefined);

export function CanvasWords({ children }: { readonly children: ReactNode }) {
  const { t, i18n: { language } } = useTranslation('canvas');
  const words = useMemo((): Words => ({ t, language, text: (each) => textIn(each, language) }), [t, language]);
  return <Context value={words}>{children}</Context>;
}

export function useWords(): Words {
  const words = useContext(Context);
  if (words === undefined) throw new Error('useWords is for components inside of <CanvasWords>.');
  return words;
}
