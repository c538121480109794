/**
 * Hands published data sets on to the window: from a source of one's own, from the terminal's cache, or
 * straight from the mirrors, which not all let web pages read them. Only the published files, by name;
 * the engine in the window checks their digests and keeps them.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import { publishedSets } from '../data/datasets/index.ts';
import { nodePlatform } from '../platform/node.ts';

/** `name` is `<set>/<file>`; `source` a folder or URL that is asked first. */
export async function relayDataset(name: string, source: string | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [folder, fileName, ...rest] = name.split('/');
  const set = publishedSets.find((each) => each.folder === folder);
  const file = set?.files.find((each) => each.name === fileName);
  if (set === undefined || file === undefined || rest.length > 0) return refuse(response, `${name} is no file of a data set that Netloom knows.`);

  const isUrl = source !== undefined && /^https?:\/\//i.test(source);
  const folders = [...(source === undefined || isUrl ? [] : [join(source, set.folder), source]), join(nodePlatform.files.dataFolder, set.folder)];
  for (const each of folders) {
    const path = join(each, file.name);
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile() !== true) continue;
    start(response, info.size);
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(path), response);
    return;
  }

  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const own = isUrl ? [`${source.replace(/\/?$/, '/')}${set.folder}/`, source.replace(/\/?$/, '/')] : [];
  const misses: string[] = [];
  for (const base of [...own, ...set.mirrors]) {
    try {
      const answer = await fetch(base + file.name, { method: request.method ?? 'GET', headers: { 'accept-encoding': 'identity' }, signal: gone.signal });
      if (!answer.ok || (answer.body === null && request.method !== 'HEAD')) {
        await answer.body?.cancel();
        misses.push(`${base}: HTTP ${answer.status}`);
        continue;
      }
      start(response, file.bytes);
      if (answer.body === null) response.end();
      else await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
      return;
    } catch (error) {
      if (response.headersSent || gone.signal.aborted) throw error;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      misses.push(`${base}: ${cause}`);
    }
  }
  // "Not found" and not a server's failure: asking again at once would not help.
  refuse(response, `${name} is neither on this machine nor to be had from the network.\n${misses.join('\n')}`);
}

function start(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes, 'Cache-Control': 'no-store' });
}

function refuse(response: ServerResponse, why: string): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${why}\n`);
}
