/** The update rule of each optimizer type, by the name that documents use. */
import type { ParamValue } from '../../graph/document.ts';
import type { OptimizerParams } from '../../nodes/optimizer/optimizer-parts.ts';
import { adadeltaRule } from './adadelta.ts';
import { adagradRule } from './adagrad.ts';
import { adamRule } from './adam.ts';
import { adamwRule } from './adamw.ts';
import { lionRule } from './lion.ts';
import { nadamRule } from './nadam.ts';
import type { OptimizerRule } from './optimizer-rule.ts';
import { rmspropRule } from './rmsprop.ts';
import { sgdRule } from './sgd.ts';

/** Rules keep their parameter types in their files; here they meet parameters that the checker has validated. */
type CheckedRule = OptimizerRule<OptimizerParams & Readonly<Record<string, ParamValue>>>;
const rules: ReadonlyMap<string, OptimizerRule<never>> = new Map<string, OptimizerRule<never>>([
  ['SGD', sgdRule], ['Adagrad', adagradRule], ['Adadelta', adadeltaRule], ['RMSprop', rmspropRule],
  ['Adam', adamRule], ['AdamW', adamwRule], ['NAdam', nadamRule], ['Lion', lionRule],
]);

export function optimizerRule(type: string): CheckedRule {
  const rule = rules.get(type);
  if (rule === undefined) throw new Error(`optimizer type '${type}' has no update rule; known are ${[...rules.keys()].join(', ')}`);
  return rule as unknown as CheckedRule;
}
export const optimizerTypes = (): readonly string[] => [...rules.keys()];
