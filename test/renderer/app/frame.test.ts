/** The frame's own rules: which panels a network has, what the window remembers, what ships with the product. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../engine/graph/check.ts';
import { parseDocument } from '../../../engine/graph/parse.ts';
import { TEMPLATES } from '../../../engine/graph/templates.ts';
import { applicablePanels } from '../../../renderer/app/applicable-panels.ts';
import { fromTemplate, templateDocuments, templateFamilies } from '../../../renderer/app/templates.ts';
import { createPaneMemory } from '../../../renderer/app/pane-sizes.ts';
import { THIRD_PARTY } from '../../../renderer/app/third-party.ts';
import { createUiStore } from '../../../renderer/app/ui-store.ts';

const memoryStorage = (content: Record<string, string> = {}) => ({ content, getItem: (key: string) => content[key] ?? null, setItem: (key: string, value: string) => void (content[key] = value) });
const panelsOf = (template: string) => {
  const { doc } = parseDocument(readFileSync(`assets/templates/${template}.netloom`, 'utf8'));
  return applicablePanels(checkGraph(doc!).graph);
};

describe('panels', () => {
  it.each([
    ['digits-cnn', ['confusion']], ['linear-regression', ['fit']], ['logistic-regression', ['confusion', 'boundary']], ['xor', ['confusion', 'boundary']], ['spiral', ['confusion', 'boundary']], ['mnist-cnn', ['confusion']], ['mnist-autoencoder', []], ['mnist-vae', ['generated']], ['mnist-gan', ['generated']], ['char-gpt', ['writing']], ['masked-bert', ['writing']],
  ])('%s has, of the special ones, %j', (template, special) => {
    const panels = panelsOf(template);
    expect((['confusion', 'boundary', 'fit', 'generated', 'writing'] as const).filter((panel) => panels.has(panel))).toEqual(special);
    expect(panels.has('curves') && panels.has('problems') && panels.has('log')).toBe(true);
  });
  it.each([['digits-cnn', true, true], ['mnist-vae', true, true], ['mnist-gan', false, false], ['char-lstm', false, true]])('%s is tried by hand: %s, by samples: %s', (template, test, samples) => {
    expect([panelsOf(template).has('test'), panelsOf(template).has('samples')]).toEqual([test, samples]);
  });
  it('every template is held against a rule', () => {
    for (const { id } of TEMPLATES) expect(panelsOf(id).size).toBeGreaterThan(5);
  });
});

describe('templates', () => {
  it('come in families, each with its picture\'s document', () => {
    expect(templateFamilies().flatMap(({ templates }) => templates.map(({ id }) => id))).toEqual(TEMPLATES.map(({ id }) => id));
  });
  it('open in the language of the window, names of ready blocks included', () => {
    const resnet = templateDocuments().find(({ id }) => id === 'resnet')!;
    const names = (language: string) => { const { name, blocks = {} } = fromTemplate(resnet, language); return [name, ...Object.values(blocks).map((block) => block.name)]; };
    expect(names('en')).toEqual(['ResNet in small', 'Residual block', 'Residual block with projection']);
    expect(names('zh-CN')).toEqual(['小型 ResNet', '残差块', '带投影的残差块']);
  });
});

describe('what the window remembers', () => {
  it('panels that were open, and closed, come back', () => {
    const storage = memoryStorage();
    createUiStore(storage).show({ left: undefined, bottom: 'problems' });
    expect(createUiStore(storage).getState()).toMatchObject({ left: undefined, right: 'inspector', bottom: 'problems' });
  });
  it.each(['', '{', 'null', '7', '[]', '{"left":3,"bottom":"later"}'])('unreadable notes (%s) count as none', (kept) => {
    const storage = memoryStorage({ 'netloom.panels': kept, 'netloom.panes': kept });
    expect(createUiStore(storage).getState()).toMatchObject({ left: 'palette', right: 'inspector', bottom: 'curves' });
    expect(createPaneMemory(storage).sizeOf('left')).toBe(240);
  });
  it('sizes of panes are kept when a drag ends, and nonsense is not', () => {
    const storage = memoryStorage();
    const memory = createPaneMemory(storage);
    memory.noteSize('left', 311.4);
    memory.noteSize('bottom', 0);
    memory.keep();
    const again = createPaneMemory(storage);
    expect([again.sizeOf('left'), again.sizeOf('bottom')]).toEqual([311, 264]);
  });
});

it('a question that another takes the place of stays without an answer', async () => {
  const ui = createUiStore();
  const first = ui.ask({ title: 'a', message: '', answers: [{ id: 'yes', title: 'Yes' }] });
  const second = ui.ask({ title: 'b', message: '', answers: [{ id: 'yes', title: 'Yes' }] });
  expect(await first).toBeUndefined();
  ui.answer('yes');
  expect(await second).toBe('yes');
  expect(ui.getState().question).toBeUndefined();
});

it('the list of other people\'s packages is that of package.json, with their licences', () => {
  const require = createRequire(import.meta.url);
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string>; devDependencies: Record<string, string> };
  const installed = { ...dependencies, ...devDependencies };
  /** Tools that make and test the product, and are no part of it. */
  const TOOLS = /^(?:@types\/|@axe-core|@electron\/fuses|@vitejs|@webgpu\/types|electron-builder|esbuild|fast-check|oxlint|playwright|typescript|vite|vitest)/;
  expect(Object.keys(THIRD_PARTY).sort()).toEqual(Object.keys(installed).filter((name) => !TOOLS.test(name)).sort());
  for (const [name, licence] of Object.entries(THIRD_PARTY)) {
    const { license } = JSON.parse(readFileSync(require.resolve(`../../../node_modules/${name}/package.json`), 'utf8')) as { license: string };
    expect([name, license]).toEqual([name, licence]);
  }
});
