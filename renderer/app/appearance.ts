/** Theme and language of the page follow the settings, and the system where the settings say so, at once. */
import { LANGUAGES, type Language, pickLanguage, setLanguage } from '../i18n/i18n.ts';
import type { Settings, SettingsStore } from './settings.ts';

export const languageOf = ({ language }: Pick<Settings, 'language'>, system: readonly string[]): Language => (language === 'system' ? pickLanguage(system) : language);

/** Applies them now and whenever they change. Returns how to stop. */
export function followAppearance(settings: SettingsStore, systemLanguages: () => readonly string[]): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const applyTheme = (): void => {
    const { theme } = settings.getState();
    document.documentElement.dataset['theme'] = theme === 'dark' || (theme === 'system' && dark.matches) ? 'dark' : 'light';
  };
  const applyLanguage = (): void => {
    const language = languageOf(settings.getState(), systemLanguages());
    if (document.documentElement.lang !== language) void setLanguage(language);
    document.documentElement.lang = language;
  };
  applyTheme();
  applyLanguage();
  dark.addEventListener('change', applyTheme);
  addEventListener('languagechange', applyLanguage);
  const unsubscribe = settings.subscribe((now, before) => {
    if (now.theme !== before.theme) applyTheme();
    if (now.language !== before.language) applyLanguage();
  });
  return () => {
    unsubscribe();
    dark.removeEventListener('change', applyTheme);
    removeEventListener('languagechange', applyLanguage);
  };
}

export const LANGUAGE_CHOICES = Object.entries(LANGUAGES).map(([value, title]) => ({ value: value as Language, title }));
