/** Downloads against a server of our own that resumes or does not, cuts the line, lies, or is not there. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { obtainFiles, type PublishedSet } from '../../engine/data/download.ts';
import type { Platform } from '../../engine/platform/platform.ts';
import { nodePlatform } from '../../engine/platform/node.ts';

/** Bytes that differ everywhere, so that a misplaced resumption is seen. */
const BODY = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 2654435761) >>> 13);
const SHA256 = createHash('sha256').update(BODY).digest('hex');
const NAME = 'numbers.gz';

let folder: string;
let platform: Platform;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netloom-download-'));
  platform = { ...nodePlatform, files: { ...nodePlatform.files, dataFolder: join(folder, 'cache') } };
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

type Handler = (request: IncomingMessage, response: ServerResponse, from: number) => void;

/** Start a server; the answer is its base URL and what was asked of it. */
async function serve(handler: Handler): Promise<{ base: string; asked: { path: string; range: string | undefined }[] }> {
  const asked: { path: string; range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const range = request.headers.range;
    asked.push({ path: request.url ?? '', range });
    handler(request, response, Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { base: `http://127.0.0.1:${address.port}/`, asked };
}

const whole: Handler = (_request, response) => void response.writeHead(200, { 'content-length': BODY.length }).end(BODY);
const ranged: Handler = (request, response, from) => {
  if (request.headers.range === undefined) whole(request, response, 0);
  else response.writeHead(206, { 'content-range': `bytes ${from}-${BODY.length - 1}/${BODY.length}`, 'content-length': BODY.length - from }).end(BODY.subarray(from));
};
const missing: Handler = (_request, response) => void response.writeHead(404).end('no');
/** Sends `bytes` from where it was asked to begin, then drops the connection. */
const cutAfter = (bytes: number): Handler => (request, response, from) => {
  if (request.headers.range === undefined) response.writeHead(200, { 'content-length': BODY.length });
  else response.writeHead(206, { 'content-range': `bytes ${from}-${BODY.length - 1}/${BODY.length}`, 'content-length': BODY.length - from });
  response.write(BODY.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 30));
};

/** A port that was free a moment ago: whoever connects is refused. */
async function deadEnd(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

const set = (...mirrors: string[]): PublishedSet => ({ folder: 'set', title: 'Numbers', files: [{ name: NAME, bytes: BODY.length, sha256: SHA256 }], mirrors });
const get = async (published: PublishedSet, options: { source?: string; signal?: AbortSignal; onProgress?: (progress: { done: number; total: number | undefined }) => void } = {}) =>
  (await obtainFiles(published, { platform, ...options })).get(NAME);
/** toEqual takes a second for so many elements. */
const expectBody = (bytes: Uint8Array | undefined): void => expect(Buffer.compare(bytes ?? new Uint8Array(), BODY)).toBe(0);
const cacheFiles = async (): Promise<string[]> => nodePlatform.files.list(join(folder, 'cache', 'set')).then((names) => [...names]);
const failure = async (promise: Promise<unknown>): Promise<Error & { code?: string }> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it should have failed');
};

describe('from a mirror', () => {
  test('a file comes, is cached, and is asked for no second time', async () => {
    const { base, asked } = await serve(whole);
    const progress: number[] = [];
    expectBody(await get(set(base), { onProgress: ({ done, total }) => (progress.push(done), expect(total).toBe(BODY.length)) }));
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(BODY.length);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(await cacheFiles()).toEqual([NAME]);
    expectBody(await get(set(base)));
    expect(asked.length).toBe(1);
  });

  test('a 404 sends us to the second mirror at once', async () => {
    const first = await serve(missing);
    const second = await serve(whole);
    expectBody(await get(set(first.base, second.base)));
    expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
  });

  test('a server that is not there sends us on as well', async () => {
    const { base } = await serve(whole);
    expectBody(await get(set(await deadEnd(), base)));
  });

  test('a cut connection is resumed where it broke', async () => {
    const { base, asked } = await serve((request, response, from) => (from === 0 ? cutAfter(300_000) : ranged)(request, response, from));
    const progress: number[] = [];
    expectBody(await get(set(base), { onProgress: ({ done }) => void progress.push(done) }));
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(BODY.length);
    expect(asked.length).toBe(2);
    expect(Number(asked[1]?.range?.slice('bytes='.length, -1))).toBeGreaterThan(0);
    expect(await cacheFiles()).toEqual([NAME]);
  });

  test('what the first mirror sent before it died is not asked of the second', async () => {
    const first = await serve((request, response, from) => (from === 0 ? cutAfter(400_000)(request, response, 0) : response.destroy()));
    const second = await serve(ranged);
    expectBody(await get(set(first.base, second.base)));
    expect(second.asked[0]?.range).toMatch(/^bytes=[1-9]\d+-$/);
  });

  test('a server without ranges starts anew', async () => {
    let request = 0;
    const { base } = await serve((req, response, from) => (request++ === 0 ? cutAfter(300_000) : whole)(req, response, from));
    expectBody(await get(set(base)));
    expect(request).toBe(2);
  });

  test('a server that answers another range than asked is not believed', async () => {
    let request = 0;
    const { base } = await serve((req, response, from) => {
      request++;
      if (request === 1) cutAfter(300_000)(req, response, from);
      else if (req.headers.range !== undefined) response.writeHead(206, { 'content-range': `bytes 5-${BODY.length - 1}/${BODY.length}` }).end(BODY.subarray(5));
      else whole(req, response, 0);
    });
    expectBody(await get(set(base)));
    expect(request).toBe(3);
  });

  test('a part from before that turns out wrong is thrown away, and the file fetched whole', async () => {
    await mkdir(join(folder, 'cache', 'set'), { recursive: true });
    await writeFile(join(folder, 'cache', 'set', `${NAME}.part`), new Uint8Array(1000));
    const { base, asked } = await serve(ranged);
    expectBody(await get(set(base)));
    expect(asked.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
    expect(await cacheFiles()).toEqual([NAME]);
  });

  test('wrong bytes are refused, the next mirror is asked, and nothing wrong stays', async () => {
    const altered = BODY.slice();
    altered[350_000] = (altered[350_000] ?? 0) ^ 1;
    const liar = await serve((_request, response) => void response.writeHead(200).end(altered));
    const honest = await serve(whole);
    expectBody(await get(set(liar.base, honest.base)));

    await rm(join(folder, 'cache'), { recursive: true });
    const error = await failure(get(set(liar.base)));
    expect(error.message).toContain(createHash('sha256').update(altered).digest('hex'));
    expect(error.message).toContain(SHA256);
    expect(await cacheFiles()).toEqual([]);
  });

  test('an endless answer is cut off', async () => {
    const { base } = await serve((_request, response) => void response.writeHead(200).end(Buffer.concat([BODY, new Uint8Array(10)])));
    const error = await failure(get(set(base)));
    expect(error.message).toContain(`more than the ${BODY.length} bytes`);
    expect(await cacheFiles()).toEqual([]);
  });

  test('a server in trouble is asked three times', async () => {
    const { base, asked } = await serve((_request, response) => void response.writeHead(503).end());
    expect((await failure(get(set(base)))).message).toContain('HTTP 503');
    expect(asked.length).toBe(3);
  });

  test('an abort ends it at once, keeps the part, and the next call goes on from there', async () => {
    const slow = await serve((_request, response) => void response.writeHead(200, { 'content-length': BODY.length }).write(BODY.subarray(0, 300_000)));
    const controller = new AbortController();
    const aborted = get(set(slow.base), { signal: controller.signal, onProgress: ({ done }) => void (done >= 300_000 && controller.abort(new Error('enough'))) });
    expect((await failure(aborted)).message).toBe('enough');
    expect(await cacheFiles()).toEqual([`${NAME}.part`]);
    const { base, asked } = await serve(ranged);
    expectBody(await get(set(base)));
    expect(asked[0]?.range).toBe('bytes=300000-');
  });
});

describe('from a source of one’s own', () => {
  test.each([['in its folder', 'set'], ['directly', '.']])('a folder that has the files %s is asked first', async (_how, below) => {
    await mkdir(join(folder, 'own', below), { recursive: true });
    await writeFile(join(folder, 'own', below, NAME), BODY);
    const { base, asked } = await serve(whole);
    expectBody(await get(set(base), { source: join(folder, 'own') }));
    expect(asked).toEqual([]);
    expect(await cacheFiles()).toEqual([]);
  });

  test('a truncated, altered or swapped file there is refused with both digests', async () => {
    await mkdir(join(folder, 'own'));
    const { base, asked } = await serve(whole);
    for (const wrong of [BODY.subarray(0, 1000), BODY.map((byte) => byte ^ 255), new Uint8Array()]) {
      await writeFile(join(folder, 'own', NAME), wrong);
      const error = await failure(get(set(base), { source: join(folder, 'own') }));
      expect(error.code).toBe('data-digest');
      expect(error.message).toContain(createHash('sha256').update(wrong).digest('hex'));
      expect(error.message).toContain(SHA256);
    }
    expect(asked).toEqual([]);
  });

  test('a URL with either layout, before the mirrors', async () => {
    const own = await serve((request, response, from) => (request.url === `/lessons/${NAME}` ? whole : missing)(request, response, from));
    const mirror = await serve(whole);
    expectBody(await get(set(mirror.base), { source: `${own.base}lessons` }));
    expect(own.asked.map(({ path }) => path)).toEqual([`/lessons/set/${NAME}`, `/lessons/${NAME}`]);
    expect(mirror.asked).toEqual([]);
  });

  test('a URL that sends wrong bytes is refused', async () => {
    const own = await serve((_request, response) => void response.writeHead(200).end('<html>Please log in</html>'.padEnd(BODY.length)));
    const mirror = await serve(whole);
    const error = await failure(get(set(mirror.base), { source: own.base }));
    expect(error.code).toBe('data-digest');
    expect(mirror.asked).toEqual([]);
  });

  test('a source without the file leaves it to the mirrors', async () => {
    await mkdir(join(folder, 'own'));
    const { base } = await serve(whole);
    expectBody(await get(set(base), { source: join(folder, 'own') }));
  });
});

describe('from the cache', () => {
  test('a damaged file is fetched again', async () => {
    const { base, asked } = await serve(whole);
    await get(set(base));
    await writeFile(join(folder, 'cache', 'set', NAME), BODY.subarray(0, 500));
    expectBody(await get(set(base)));
    expect(asked.length).toBe(2);
    expectBody(await readFile(join(folder, 'cache', 'set', NAME)));
  });

  test('a damaged file without a network is named with both digests', async () => {
    await mkdir(join(folder, 'cache', 'set'), { recursive: true });
    await writeFile(join(folder, 'cache', 'set', NAME), 'rubbish');
    const error = await failure(get(set(await deadEnd())));
    expect(error.message).toContain(createHash('sha256').update('rubbish').digest('hex'));
    expect(error.message).toContain(SHA256);
    expect(await readdir(join(folder, 'cache', 'set'))).toEqual([]);
  });
});

test('no network and no cache: the error says so and names every way out', async () => {
  const mirror = await deadEnd();
  const error = await failure(get(set(mirror)));
  expect(error.code).toBe('data-unavailable');
  for (const words of ['neither in the cache nor to be had from the network', mirror, 'ECONNREFUSED', '--datasets', 'NETLOOM_DATASETS', `set/${NAME}`, 'Digits']) expect(error.message).toContain(words);
});
