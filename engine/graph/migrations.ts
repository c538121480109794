/**
 * Brings documents of older versions up to the present one, a version at a time. A step may rewrite
 * the document as a whole, and nodes type by type: so a node type's parameters can change their
 * meaning in a new document version without its name changing.
 */
import { DOCUMENT_VERSION } from './document.ts';

/** JSON objects as they were read: anything may be missing or of another type than expected. */
export type RawRecord = Readonly<Record<string, unknown>>;

export interface Migration {
  /** Takes documents of this version to the next. */
  readonly from: number;
  readonly document?: (document: RawRecord) => RawRecord;
  /** By node type, as the document names it before this step. */
  readonly nodes?: ReadonlyMap<string, (node: RawRecord) => RawRecord>;
}

/** In the order of their versions, without gaps up to the present one. Version 1 is the first: nothing leads to it. */
const MIGRATIONS: readonly Migration[] = [
  // Version 2 only adds: blocks, frames, comments, muted and collapsed nodes.
  { from: 1 },
];

export function isRecord(value: unknown): value is RawRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Apply all steps from `version` on. The result is as untrusted as its input: the schema checks it afterwards. */
export function migrateDocument(document: RawRecord, version: number, migrations: readonly Migration[] = MIGRATIONS, target: number = DOCUMENT_VERSION): RawRecord {
  let migrated = document;
  for (let at = version; at < target; at++) {
    const step = migrations.find((migration) => migration.from === at);
    if (step === undefined) throw new Error(`No migration leads from document version ${at} to ${at + 1}.`);
    migrated = step.document?.(migrated) ?? migrated;
    const byType = step.nodes;
    const nodes = migrated['nodes'];
    if (byType !== undefined && isRecord(nodes)) {
      const convert = (node: unknown): unknown => (isRecord(node) && typeof node['type'] === 'string' ? (byType.get(node['type'])?.(node) ?? node) : node);
      migrated = { ...migrated, nodes: Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, convert(node)])) };
    }
    migrated = { ...migrated, version: at + 1 };
  }
  return migrated;
}
