import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GraphDoc } from '../../../engine/graph/document.ts';
import type { Problem } from '../../../engine/graph/problem.ts';
import { setLanguage, startI18n, textNow } from '../../../renderer/i18n/i18n.ts';
import { keyedProblems } from '../../../renderer/problems/keyed-problems.ts';
import { repairText } from '../../../renderer/problems/repair-text.ts';

const digits = JSON.parse(readFileSync(new URL('../../../assets/templates/digits-cnn.netloom', import.meta.url), 'utf8')) as GraphDoc;
const problem = (part: Partial<Problem>): Problem => ({ code: 'shape-mismatch', severity: 'error', message: '', text: { en: '', zh: '' }, ...part });

beforeAll(() => startI18n('en'));

describe('the list of problems', () => {
  it('has errors first, each with a key of its own that others do not change', () => {
    const [warning, first, second] = [problem({ severity: 'warning', code: 'unused-node', node: 'a' }), problem({ node: 'b' }), problem({ node: 'b' })];
    const keyed = keyedProblems([warning, first, second]);
    expect(keyed.map((each) => each.problem)).toEqual([first, second, warning]);
    expect(new Set(keyed.map(({ id }) => id)).size).toBe(3);
    expect(keyedProblems([first])[0]?.id).toBe(keyed[0]?.id);
  });
  it('says what a repair will do, in both languages', async () => {
    const flatten = problem({ node: 'fc1', repair: { kind: 'insert-node', type: 'Flatten', beforePort: 'x' } });
    const wider = problem({ node: 'loss', repair: { kind: 'set-param', node: 'fc2', param: 'units', value: 10 } });
    expect(repairText(digits, flatten, textNow)).toBe('Insert Flatten before “fc1”');
    expect(repairText(digits, wider, textNow)).toBe('Set Units of “fc2” to 10');
    expect(repairText(digits, problem({}), textNow)).toBeUndefined();
    await setLanguage('zh-CN');
    expect(repairText(digits, flatten, textNow)).toBe('在“fc1”之前插入展平');
  });
});
