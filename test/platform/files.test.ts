/** Every FileStore keeps the same contract: the disk under Node, memory, and a browser's own files in a real browser, as it is and as poorer ones are. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../engine/platform/memory-files.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { browserMissing } from '../support/browser.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { type AfterKill, type CaseResult, FILE_STORE_CASES, WRITTEN_BYTES } from '../support/file-store-contract.ts';
import type { NetloomTest } from '../support/host-page/page.ts';
import { type HostPage, openHostPage } from '../support/host-page.ts';

declare const netloomTest: NetloomTest;

describe('under Node', () => {
  test.each(FILE_STORE_CASES)('$name', ({ run }) => inTemporaryFolder((folder) => run(nodePlatform.files, folder)));
});
describe('in memory', () => {
  test.each(FILE_STORE_CASES)('$name', ({ run }) => run(createMemoryStore(), 'folder'));
  test('no path leads out of the store', async () => {
    await expect(createMemoryStore().read('a/../../b')).rejects.toThrow('may not contain ".."');
  });
});

const missing = browserMissing();
describe.skipIf(missing !== undefined)(`in a browser${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let page: HostPage;
  beforeAll(async () => {
    page = await openHostPage();
  });
  afterAll(() => page?.close());

  test.each(['this browser', 'no move', 'moves to free names only', 'no access handles'])('%s: every case', async (variant) => {
    const results = await page.page.evaluate((name): Promise<CaseResult[]> => netloomTest.fileStoreCases(name), variant);
    expect(results.map(({ name }) => name)).toEqual(FILE_STORE_CASES.map(({ name }) => name));
    expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
  });
  test('a worker that is killed while it writes leaves a whole file, and what it had in hand is tidied away', async () => {
    let unfinished = 0;
    for (let round = 0; round < 12; round++) {
      const after = (await page.page.evaluate((ms): Promise<unknown> => netloomTest.killWriter(ms), 3 + round * 7)) as AfterKill;
      expect(after).toMatchObject({ length: WRITTEN_BYTES, mixed: false, tidied: ['file'] });
      unfinished += after.left;
    }
    // Were no write ever cut short, this test would show nothing.
    expect(unfinished).toBeGreaterThan(0);
  });
});
