/** What is set rather than built: parameters, names, switches of nodes, training settings. */
import type { NodeId, NodeRec, ParamValue, TrainingSettings } from '../../../engine/graph/document.ts';
import type { DocDraft } from '../store.ts';
import type { EditScope } from './edit-scope.ts';
import { idBase, isValidName } from './ids.ts';

/** The limits of a document's texts and lists, as `parse.ts` has them: what is set here must be readable there. */
const MAX_LINE = 200;
const MAX_PARAM_TEXT = 4096;
const MAX_DESCRIPTION = 10_000;
const MAX_LIST = 64;

/** One line without control characters, which a terminal would act on. */
export const cleanLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim().slice(0, MAX_LINE);
export const cleanProse = (text: string, limit: number = MAX_DESCRIPTION): string =>
  text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '').slice(0, limit);

/** The value as a document can hold it; undefined for numbers that are none. */
function storable(value: ParamValue): Exclude<ParamValue, readonly number[]> | number[] | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string') return cleanProse(value, MAX_PARAM_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  return value.every(Number.isFinite) ? value.slice(0, MAX_LIST) : undefined;
}

export function storableParams(params: Readonly<Record<string, ParamValue>>): Record<string, Exclude<ParamValue, readonly number[]> | number[]> {
  const stored: Record<string, Exclude<ParamValue, readonly number[]> | number[]> = {};
  for (const [name, value] of Object.entries(params)) {
    const kept = storable(value);
    if (kept !== undefined) stored[name] = kept;
  }
  return stored;
}

export function setParam({ graph }: EditScope, id: NodeId, param: string, value: ParamValue | undefined): void {
  const node = graph.nodes[id];
  if (node === undefined) return;
  if (value === undefined) {
    delete node.params[param];
    return;
  }
  const next = storable(value);
  // A list of the same numbers is no change.
  if (next !== undefined && JSON.stringify(next) !== JSON.stringify(node.params[param])) node.params[param] = next;
}

/** An empty label gives the node its id back as its name. */
export function rename({ graph }: EditScope, id: NodeId, label: string): void {
  const node = graph.nodes[id];
  if (node === undefined) return;
  const next = cleanLine(label);
  if (next === '' || next === id) delete node.label;
  else node.label = next;
}

export type NodeSettings = Partial<Pick<NodeRec, 'frozen' | 'muted' | 'collapsed' | 'learningRateFactor' | 'trainedBy' | 'weightGroup'>>;

/** What equals the default is left out of the document, so that equal documents are equal files. */
export function setNode({ graph }: EditScope, ids: Iterable<NodeId>, part: NodeSettings): void {
  for (const id of ids) {
    const node = graph.nodes[id];
    if (node === undefined) continue;
    for (const name of ['frozen', 'muted', 'collapsed'] as const) {
      if (!(name in part)) continue;
      if (part[name] === true) node[name] = true;
      else delete node[name];
    }
    if ('learningRateFactor' in part) {
      const factor = part.learningRateFactor ?? 1;
      if (factor === 1 || !Number.isFinite(factor)) delete node.learningRateFactor;
      else node.learningRateFactor = Math.min(1e6, Math.max(0, factor));
    }
    if ('trainedBy' in part) {
      if (part.trainedBy === undefined || part.trainedBy === '') delete node.trainedBy;
      else node.trainedBy = part.trainedBy;
    }
    if ('weightGroup' in part && node.block !== undefined) {
      const group = part.weightGroup?.trim() ?? '';
      if (group === '') delete node.weightGroup;
      else node.weightGroup = isValidName(group) ? group : idBase(group, 'shared');
    }
  }
}

export function setTraining(doc: DocDraft, part: Partial<TrainingSettings>): void {
  for (const [name, value] of Object.entries(part)) {
    if (typeof value === 'number' && !Number.isFinite(value)) return;
    if (name === 'earlyStopping' && value === undefined) delete doc.training.earlyStopping;
  }
  const { earlyStopping, ...rest } = part;
  Object.assign(doc.training, rest);
  if (earlyStopping !== undefined) doc.training.earlyStopping = { ...earlyStopping };
}

/** A name that the user gives holds in both languages. */
export function setName(doc: DocDraft, name: string): void {
  const next = cleanLine(name);
  if (next === doc.name) return;
  doc.name = next;
  if (doc.translations?.zh !== undefined) doc.translations.zh.name = next;
}

export function setDescription(doc: DocDraft, description: string): void {
  const next = cleanProse(description);
  if (next === (doc.description ?? '')) return;
  if (next === '') delete doc.description;
  else doc.description = next;
  if (doc.translations?.zh !== undefined) delete doc.translations.zh.description;
}
