/** The documents that ship with the product, as the gallery shows them; their text comes with the window. */
import type { GraphDoc } from '../../engine/graph/document.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { TEMPLATES, type Template } from '../../engine/graph/templates.ts';

const sources = import.meta.glob<string>('../../assets/templates/*.netloom', { eager: true, query: '?raw', import: 'default' });

export interface TemplateDocument extends Template {
  /** Nothing is downloaded for it. */
  readonly offline: boolean;
  readonly doc: GraphDoc;
}
/** Sets that Netloom fetches when they are first used; it draws or computes all others itself. */
const DOWNLOADED = /mnist|cifar/;

let parsed: readonly TemplateDocument[] | undefined;

export function templateDocuments(): readonly TemplateDocument[] {
  return (parsed ??= TEMPLATES.flatMap((template) => {
    const source = sources[`../../assets/${template.file}`];
    const doc = source === undefined ? undefined : parseDocument(source).doc;
    return doc === undefined ? [] : [{ ...template, doc, offline: !DOWNLOADED.test(template.dataset) }];
  }));
}

/** A document that belongs to the user from here on: in the language that they read now. */
export function fromTemplate({ doc }: TemplateDocument, language: string): GraphDoc {
  const { translations, ...rest } = doc;
  const zh = language.startsWith('zh') ? translations?.zh : undefined;
  return { ...rest, ...zh };
}
