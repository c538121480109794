/** The checker's word on weights that several nodes have in common: they must be the same weights, trained alike. */
import { sameShape } from '../tensor/ir.ts';
import type { NodeId } from './document.ts';
import { type Draft, type Report, named, namedZh } from './draft.ts';

export function checkSharing(drafts: ReadonlyMap<NodeId, Draft>, report: Report): void {
  for (const draft of drafts.values()) {
    if (draft.weightOwner === draft.id) continue;
    const owner = drafts.get(draft.weightOwner);
    if (owner?.outputTypes === undefined || draft.outputTypes === undefined) continue;
    const isSound = checkShapes(draft, owner, report);
    if (isSound && Object.keys(draft.weights).length > 0) checkTraining(draft, owner, report);
  }
}

const sizes = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function checkShapes(draft: Draft, owner: Draft, report: Report): boolean {
  for (const name of new Set([...Object.keys(owner.weights), ...Object.keys(draft.weights)])) {
    const mine = draft.weights[name]?.shape;
    const theirs = owner.weights[name]?.shape;
    if (mine !== undefined && theirs !== undefined && sameShape(mine, theirs)) continue;
    const has = mine === undefined ? { en: 'has none', zh: '没有该权重' } : { en: `needs ${sizes(mine)}`, zh: `需要 ${sizes(mine)}` };
    const other = theirs === undefined ? { en: 'has none', zh: '没有该权重' } : { en: `needs ${sizes(theirs)}`, zh: `需要 ${sizes(theirs)}` };
    report.error('shared-weights', {
      en: `${named(draft)} and ${named(owner)} have their weights in common, but of '${name}' the first ${has.en} and the second ${other.en}; give both the same inputs and parameters, or the instances different weight groups`,
      zh: `${namedZh(draft)}与${namedZh(owner)}共享权重，但对于“${name}”，前者${has.zh}，后者${other.zh}；请让两者的输入和参数一致，或把实例放入不同的权重组`,
    }, { node: draft.id, numbers: { ...(mine === undefined ? {} : { shape: mine }), ...(theirs === undefined ? {} : { shared: theirs }) } });
    return false;
  }
  return true;
}

function checkTraining(draft: Draft, owner: Draft, report: Report): void {
  const [mine, theirs] = [draft, owner].map(({ record }) => ({ frozen: record.frozen === true, factor: record.learningRateFactor ?? 1 }));
  if (mine === undefined || theirs === undefined || (mine.frozen === theirs.frozen && mine.factor === theirs.factor)) return;
  const differs = mine.frozen !== theirs.frozen;
  report.error('shared-weights', differs ? {
    en: `${named(draft)} and ${named(owner)} have their weights in common, but only ${mine.frozen ? 'the first' : 'the second'} is frozen; freeze both or neither`,
    zh: `${namedZh(draft)}与${namedZh(owner)}共享权重，但只有${mine.frozen ? '前者' : '后者'}被冻结；请同时冻结或同时解冻`,
  } : {
    en: `${named(draft)} and ${named(owner)} have their weights in common, but their learning-rate factors are ${mine.factor} and ${theirs.factor}; make them equal`,
    zh: `${namedZh(draft)}与${namedZh(owner)}共享权重，但学习率倍数分别为 ${mine.factor} 和 ${theirs.factor}；请设为相同的值`,
  }, { node: draft.id, ...(differs ? {} : { numbers: { factor: mine.factor, shared: theirs.factor } }) });
}
