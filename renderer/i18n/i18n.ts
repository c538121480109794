/**
 * The interface's languages. Texts of the interface are in assets/locales/<language>/<namespace>.json,
 * one namespace per part of the window; texts of node types are in their files, in both languages.
 */
import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Text } from '../../engine/nodes/node-type.ts';

export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Language = keyof typeof LANGUAGES;

const files = import.meta.glob<Record<string, unknown>>('../../assets/locales/*/*.json', { eager: true, import: 'default' });
const resources: Record<string, Record<string, Record<string, unknown>>> = {};
for (const [path, content] of Object.entries(files)) {
  const [, language = '', namespace = ''] = /locales\/([^/]+)\/([^/]+)\.json$/.exec(path) ?? [];
  (resources[language] ??= {})[namespace] = content;
}

/** The first of the wished languages that there is; any Chinese is better served by ours than by English. */
export function pickLanguage(wished: readonly string[]): Language {
  for (const each of wished) {
    const tag = each.toLowerCase();
    if (tag.startsWith('zh')) return 'zh-CN';
    if (tag.startsWith('en')) return 'en';
  }
  return 'en';
}

export async function startI18n(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: resources as never, lng: language, fallbackLng: 'en', defaultNS: 'app', interpolation: { escapeValue: false }, returnNull: false,
  });
}
export const setLanguage = (language: Language): Promise<unknown> => i18next.changeLanguage(language);

export const textIn = (text: Text, language: string): string => (language.startsWith('zh') ? text.zh : text.en);

/** Texts that stand in the engine's files, in the language of the window. */
export function useText(): (text: Text) => string {
  const { i18n } = useTranslation();
  return (text) => textIn(text, i18n.language);
}
/** Outside of components: commands, messages. `key` may name a namespace: `run:title`. */
export const translate = (key: string, values: Record<string, unknown> = {}): string => i18next.t(key, values);
/** English before the interface has a language. */
export const textNow = (text: Text): string => textIn(text, i18next.resolvedLanguage ?? 'en');
export const currentLanguage = (): Language => (i18next.language.startsWith('zh') ? 'zh-CN' : 'en');
export const onLanguage = (listener: () => void): void => void i18next.on('languageChanged', listener);
