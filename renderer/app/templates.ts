/** The documents that ship with the product, as the gallery shows them; their text comes with the window. */
import { checkGraph } from '../../engine/graph/check.ts';
import type { BlockId, GraphDoc } from '../../engine/graph/document.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { type Template, type TemplateFamily, TEMPLATE_FAMILIES } from '../../engine/graph/templates.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import { inDocument, readyBlocks } from '../document/ready-blocks.ts';
import { totalsOf } from '../document/totals.ts';

const sources = import.meta.glob<string>('../../assets/templates/*.netloom', { eager: true, query: '?raw', import: 'default' });

export interface TemplateDocument extends Template {
  /** Nothing is downloaded for it. */
  readonly offline: boolean;
  readonly doc: GraphDoc;
}
export interface FamilyDocuments extends Omit<TemplateFamily, 'templates'> {
  readonly templates: readonly TemplateDocument[];
}
/** Sets that Netloom fetches when they are first used; it draws or computes all others itself. */
const DOWNLOADED = /mnist|cifar/;

let parsed: readonly FamilyDocuments[] | undefined;

export function templateFamilies(): readonly FamilyDocuments[] {
  return (parsed ??= TEMPLATE_FAMILIES.map((family) => ({
    ...family,
    templates: family.templates.flatMap((template) => {
      const source = sources[`../../assets/${template.file}`];
      const doc = source === undefined ? undefined : parseDocument(source).doc;
      return doc === undefined ? [] : [{ ...template, doc, offline: !DOWNLOADED.test(template.dataset) }];
    }),
  })));
}

export const templateDocuments = (): readonly TemplateDocument[] => templateFamilies().flatMap(({ templates }) => templates);

const parameterCounts = new WeakMap<GraphDoc, number>();
/** Counted once: the largest take the checker some milliseconds each. */
export function parametersOf({ doc }: TemplateDocument): number {
  const known = parameterCounts.get(doc) ?? totalsOf(checkGraph(doc)).parameters;
  parameterCounts.set(doc, known);
  return known;
}

/** A document that belongs to the user from here on: in the language that they read now, its blocks too where the template or the ready blocks name them. */
export function fromTemplate({ doc }: TemplateDocument, language: string): GraphDoc {
  const { translations, ...rest } = doc;
  if (!language.startsWith('zh')) return rest;
  const titles = readyTitles(doc);
  const { blocks: names = {}, ...own } = translations?.zh ?? {};
  const blocks = Object.fromEntries(Object.entries(doc.blocks ?? {}).map(([id, block]) => [id, { ...block, name: names[id] ?? titles.get(id)?.zh ?? block.name }]));
  return { ...rest, ...own, ...(doc.blocks === undefined ? {} : { blocks }) };
}

const readyTitles = (doc: GraphDoc): ReadonlyMap<BlockId, Text> => new Map(readyBlocks().flatMap((ready) => {
  const id = inDocument(doc, ready);
  return id === undefined ? [] : [[id, ready.title] as const];
}));
