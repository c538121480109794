/**
 * The texts of the interface: every key that the sources use is there in both languages, every key
 * that is there is used, and both languages fill in the same values. Keys are found in the sources, so
 * they have to stand there as literals, or as a literal beginning with one value in it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../../renderer/commands/index.ts';
import { keysUsedIn } from './keys-used.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LANGUAGES = ['en', 'zh-CN'] as const;

type Texts = ReadonlyMap<string, string>;
function textsOf(language: string): Texts {
  const folder = join(ROOT, 'assets', 'locales', language);
  const found = new Map<string, string>();
  const walk = (prefix: string, value: unknown): void => {
    if (typeof value === 'string') found.set(prefix, value);
    else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) walk(prefix.endsWith(':') ? `${prefix}${key}` : `${prefix}.${key}`, inner);
    else throw new Error(`${language}: ${prefix} is neither a text nor a group of texts`);
  };
  for (const file of readdirSync(folder)) walk(`${file.replace('.json', '')}:`, JSON.parse(readFileSync(join(folder, file), 'utf8')));
  return found;
}
const texts = Object.fromEntries(LANGUAGES.map((language) => [language, textsOf(language)])) as Record<(typeof LANGUAGES)[number], Texts>;
/** i18next picks the form for a number by these endings. */
const withoutPlural = (key: string): string => key.replace(/_(?:zero|one|two|few|many|other)$/, '');
const keysOf = (language: (typeof LANGUAGES)[number]): ReadonlySet<string> => new Set([...texts[language].keys()].map(withoutPlural));

const sources = readdirSync(join(ROOT, 'renderer'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file)).map((file) => ({ file, source: readFileSync(join(ROOT, 'renderer', file), 'utf8') }));
const used = sources.flatMap(({ file, source }) => keysUsedIn(source, file.split('/')[0]).map((key) => ({ ...key, file })));
/** Undo names an edit by the key that comes with it: `documents.edit('edit.move', …)`. */
const EDIT_LABEL = /(?<![\w$])(?:edit|place)\(\s*'([a-z]+\.[a-zA-Z.]+)'/g;
const labels = sources.flatMap(({ source }) => [...source.matchAll(EDIT_LABEL)].map((match) => `commands:${match[1]!}`));
const commandKeys = [...new Set([...allCommands.map(({ id }) => `commands:${id}`), ...labels])];

describe('texts of the interface', () => {
  it('finds keys in the forms in which sources write them', () => {
    const keys = keysUsedIn(`
      const { t } = useTranslation('run'); t('train'); t("phase.done", { count: 1 }); t(\`phase.\${phase}\`); t(wide ? 'long' : 'short');
      translate('app:close'); translate(\`app:region.\${side}.title\`); const other = useTranslation(['plots', 'commands']); t('commands:edit.undo'); ui.edit('not.a.key');
    `);
    const all = keys.map(({ keys: candidates }) => candidates.join('|'));
    expect(all).toEqual(['app:close', 'commands:edit.undo', 'run:train|plots:train', 'run:phase.done|plots:phase.done', 'run:phase.*|plots:phase.*', 'run:long|plots:long', 'run:short|plots:short', 'app:region.*.title']);
    expect(labels).toContain('commands:edit.move');
    expect(keysUsedIn("export const name = (t) => t('metric.loss')", 'plots')).toEqual([{ line: 1, keys: ['plots:metric.loss'] }]);
  });

  it.each(LANGUAGES)('%s has every key that is used', (language) => {
    const there = keysOf(language);
    const matches = (key: string): boolean => (key.includes('*') ? [...there].some((each) => patternOf(key).test(each)) : there.has(key));
    const missing = used.filter(({ keys }) => !keys.some(matches)).map(({ file, line, keys }) => `${file}:${line} ${keys.join(' or ')}`);
    expect(missing).toEqual([]);
    expect(commandKeys.filter((key) => !there.has(key))).toEqual([]);
  });

  it('has no key that nothing uses', () => {
    const exact = new Set([...used.flatMap(({ keys }) => keys.filter((key) => !key.includes('*'))), ...commandKeys]);
    const patterns = used.flatMap(({ keys }) => keys.filter((key) => key.includes('*'))).map(patternOf);
    const unused = [...keysOf('en')].filter((key) => !exact.has(key) && !patterns.some((pattern) => pattern.test(key)));
    expect(unused).toEqual([]);
  });

  it('has the same keys in both languages', () => {
    const [en, zh] = [keysOf('en'), keysOf('zh-CN')];
    expect({ onlyEnglish: [...en].filter((key) => !zh.has(key)), onlyChinese: [...zh].filter((key) => !en.has(key)) }).toEqual({ onlyEnglish: [], onlyChinese: [] });
  });

  it('fills in the same values in both languages, and leaves no text empty', () => {
    const values = (language: (typeof LANGUAGES)[number], key: string): string => [...new Set([...texts[language]].filter(([each]) => withoutPlural(each) === key).flatMap(([, text]) => [...text.matchAll(/\{\{\s*([\w.]+)/g)].map((match) => match[1]!)))].sort().join(' ');
    const wrong = [...keysOf('en')].filter((key) => values('en', key) !== values('zh-CN', key)).map((key) => `${key}: ${values('en', key)} / ${values('zh-CN', key)}`);
    expect(wrong).toEqual([]);
    for (const language of LANGUAGES) expect([...texts[language]].filter(([, text]) => text.trim() === '').map(([key]) => key)).toEqual([]);
  });

  it('has the forms for numbers that each language needs', () => {
    const plurals = (language: (typeof LANGUAGES)[number]) => [...texts[language].keys()].filter((key) => key !== withoutPlural(key));
    const lacking = new Set([...plurals('en'), ...plurals('zh-CN')].map(withoutPlural).flatMap((key) => [
      ...(texts.en.has(`${key}_one`) && texts.en.has(`${key}_other`) ? [] : [`en ${key}`]), ...(texts['zh-CN'].has(`${key}_other`) ? [] : [`zh-CN ${key}`]),
    ]));
    expect([...lacking]).toEqual([]);
  });
});

function patternOf(key: string): RegExp {
  return new RegExp(`^${key.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\w.-]+')}$`);
}
