/** Commands as the window finds them: no two answer to the same key, and a key means what the focus says. */
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../../renderer/commands/index.ts';
import { fuzzyFilter } from '../../../renderer/app/dialogs/fuzzy.ts';
import { parseKeys } from '../../../renderer/commands/keys.ts';

describe('commands', () => {
  it('have ids of their own', () => {
    const ids = allCommands.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it('share no keys, because the first would take them all', () => {
    const owners = new Map<string, string[]>();
    for (const { id, keys = [] } of allCommands) {
      for (const each of keys) {
        const name = JSON.stringify(parseKeys(each));
        owners.set(name, [...(owners.get(name) ?? []), id]);
      }
    }
    expect([...owners].filter(([, ids]) => ids.length > 1)).toEqual([]);
  });

  it('are found by a few of their letters, whole words first', () => {
    const titles = ['Save as…', 'Save', 'Stored runs…', 'Select all', 'Zoom to 100 %'];
    expect(fuzzyFilter('save', titles, String)[0]).toBe('Save');
    expect(fuzzyFilter('sa', titles, String).slice(0, 2).sort()).toEqual(['Save', 'Save as…']);
    expect(fuzzyFilter('sr', titles, String)[0]).toBe('Stored runs…');
    expect(fuzzyFilter('z100', titles, String)).toEqual(['Zoom to 100 %']);
    expect(fuzzyFilter('xyz', titles, String)).toEqual([]);
  });
});
