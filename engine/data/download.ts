/**
 * Published files: from a source of one's own, from the cache, or from mirrors in turn. Only bytes with the
 * published digest are ever used or kept; a download goes to a `.part` file, can be resumed, and takes its
 * place by a rename.
 */
import { type Text, TextError, sameText, textOf } from '../text.ts';
import type { Platform } from '../platform/platform.ts';
import { DataError } from './data-error.ts';
import type { DataContext } from './dataset.ts';

export interface PublishedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 in lower-case hexadecimal. */
  readonly sha256: string;
}

export interface PublishedSet {
  /** Folder in the cache and in a source of one's own. */
  readonly folder: string;
  readonly title: string;
  readonly files: readonly PublishedFile[];
  /** Base URLs that end with a slash, asked in this order. */
  readonly mirrors: readonly string[];
}

type Context = Pick<DataContext, 'platform' | 'source' | 'onProgress' | 'signal'>;
type Bytes = Uint8Array<ArrayBuffer>;

/** A mirror whose connection is cut is asked so often before the next one is. */
const ATTEMPTS = 3;
/** Before the second attempt; doubles with each further one. */
const RETRY_MS = 300;
/** A connection that sends nothing for so long counts as cut. */
const STALL_MS = 30_000;
/** Written to the disk in pieces of at least this size: small appends would cost more than the network. */
const WRITE_BYTES = 1 << 18;

/** All files of the set, by name. Throws DataError, or the signal's reason. */
export async function obtainFiles(set: PublishedSet, context: Context): Promise<ReadonlyMap<string, Bytes>> {
  const found = new Map<string, Bytes>();
  const total = set.files.reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  for (const file of set.files) {
    context.signal?.throwIfAborted();
    const offset = before;
    found.set(file.name, await obtainFile(set, file, context, (done) => context.onProgress?.({ what: { en: `Downloading ${set.title}`, zh: `正在下载 ${set.title}` }, done: offset + done, total })));
    before += file.bytes;
  }
  return found;
}

async function obtainFile(set: PublishedSet, file: PublishedFile, context: Context, progress: (done: number) => void): Promise<Bytes> {
  const { platform, source } = context;
  const misses: Text[] = [];
  const ownUrl = source !== undefined && /^https?:\/\//i.test(source);

  if (source !== undefined && !ownUrl) {
    const own = await fromFolder(set, file, platform, source);
    if (own !== undefined) return own;
    misses.push({ en: `${source}: has neither ${set.folder}/${file.name} nor ${file.name}`, zh: `${source}：既没有 ${set.folder}/${file.name}，也没有 ${file.name}` });
  }

  const cached = joinPath(platform.files.dataFolder, set.folder, file.name);
  if (await platform.files.exists(cached)) {
    const bytes = await readBytes(platform, cached);
    const digest = await sha256(bytes);
    if (digest === file.sha256) return bytes;
    // A damaged cache is worth nothing, and it is ours to throw away.
    await platform.files.remove(cached);
    const wrong = wrongDigest(file, bytes.length, digest);
    misses.push({ en: `${cached}: ${wrong.en}; it was removed`, zh: `${cached}：${wrong.zh}；已将其删除` });
  }

  if (source !== undefined && ownUrl) {
    const base = source.endsWith('/') ? source : `${source}/`;
    for (const url of [`${base}${set.folder}/${file.name}`, `${base}${file.name}`]) {
      const result = await fromUrl(url, file, cached, context, progress);
      if (result.kind === 'done') return result.bytes;
      // Whoever names a source wants to hear that its files are wrong, not be served from elsewhere.
      if (result.kind === 'wrong') throw wrongSource(set, result.why);
      misses.push(result.why);
    }
  }

  for (const mirror of set.mirrors) {
    const result = await fromUrl(mirror + file.name, file, cached, context, progress);
    if (result.kind === 'done') return result.bytes;
    misses.push(result.why);
  }

  const files = set.files.map((wanted) => `  ${set.folder}/${wanted.name}`).join('\n');
  throw new DataError('data-unavailable', {
    en: [
      `${set.title} is neither in the cache nor to be had from the network (${file.name} is missing):`,
      ...misses.map(({ en }) => `  ${en}`),
      'Connect to the internet for the first use, or name a folder or URL that holds these files with --datasets (or NETLOOM_DATASETS):',
      files,
      'Or use the built-in Digits, which needs no download: netloom train digits-cnn',
    ].join('\n'),
    zh: [
      `${set.title} 既不在缓存中，也无法从网络获取（缺少 ${file.name}）：`,
      ...misses.map(({ zh }) => `  ${zh}`),
      '首次使用时请连接互联网，或用 --datasets（或 NETLOOM_DATASETS）指定存有以下文件的文件夹或网址：',
      files,
      '也可以使用内置的 Digits 数据集，它无需下载。',
    ].join('\n'),
  });
}

const at = (place: string, why: Text): Text => ({ en: `${place}: ${why.en}`, zh: `${place}：${why.zh}` });
const wrongSource = (set: PublishedSet, why: Text): DataError => new DataError('data-digest', {
  en: `${set.title}: ${why.en}. Put the published file there, or leave out --datasets (NETLOOM_DATASETS).`,
  zh: `${set.title}：${why.zh}。请把官方发布的文件放到那里，或去掉 --datasets（NETLOOM_DATASETS）。`,
});

async function fromFolder(set: PublishedSet, file: PublishedFile, platform: Platform, folder: string): Promise<Bytes | undefined> {
  for (const path of [joinPath(folder, set.folder, file.name), joinPath(folder, file.name)]) {
    if (!(await platform.files.exists(path))) continue;
    const bytes = await readBytes(platform, path);
    const digest = await sha256(bytes);
    if (digest === file.sha256) return bytes;
    throw wrongSource(set, at(path, wrongDigest(file, bytes.length, digest)));
  }
  return undefined;
}

type Download = { readonly kind: 'done'; readonly bytes: Bytes } | { readonly kind: 'missed' | 'wrong'; readonly why: Text };

/** One URL, with retries. What had come before a cut is kept in `<target>.part` and asked for no second time. */
async function fromUrl(url: string, file: PublishedFile, target: string, context: Context, progress: (done: number) => void): Promise<Download> {
  const { files } = context.platform;
  const part = `${target}.part`;
  let why = sameText(url);
  let triedAnew = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    context.signal?.throwIfAborted();
    if (attempt > 1) await pause(RETRY_MS * 2 ** (attempt - 2), context.signal);
    const resumed = await partSize(context.platform, part);
    try {
      if (resumed < file.bytes) await fetchInto(url, file, part, resumed, context, progress);
    } catch (error) {
      context.signal?.throwIfAborted();
      if (error instanceof Refused) return { kind: 'missed', why: at(url, error.text) };
      if (error instanceof TooLong) {
        await files.remove(part);
        return { kind: 'wrong', why: at(url, error.text) };
      }
      why = at(url, reason(error));
      continue;
    }
    if ((await partSize(context.platform, part)) < file.bytes) {
      const came = await partSize(context.platform, part);
      why = at(url, { en: `ended after ${came} of ${file.bytes} bytes`, zh: `在 ${file.bytes} 字节中只收到 ${came} 字节就结束了` });
      continue;
    }
    const bytes = await readBytes(context.platform, part);
    const digest = await sha256(bytes);
    if (digest === file.sha256) {
      await files.rename(part, target);
      return { kind: 'done', bytes };
    }
    await files.remove(part);
    // The fault may lie in the part from before: this URL gets one chance to send it all.
    if (resumed > 0 && !triedAnew) {
      triedAnew = true;
      attempt--;
      continue;
    }
    return { kind: 'wrong', why: at(url, wrongDigest(file, bytes.length, digest)) };
  }
  return { kind: 'missed', why };
}

/** The server answered, and the answer is no: asking again will not help. */
class Refused extends TextError {}
/** More bytes than the published file has. */
class TooLong extends TextError {}

async function fetchInto(url: string, file: PublishedFile, part: string, resumed: number, context: Context, progress: (done: number) => void): Promise<void> {
  const { files } = context.platform;
  const stall = new AbortController();
  const onAbort = (): void => stall.abort(context.signal?.reason);
  context.signal?.addEventListener('abort', onAbort, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waitAgain = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(new TextError({ en: `nothing came for ${STALL_MS / 1000} s`, zh: `${STALL_MS / 1000} 秒内没有收到任何数据` })), STALL_MS);
  };
  try {
    waitAgain();
    // Without "identity" a server may pack the bytes once more, and ranges would count packed bytes.
    const headers: Record<string, string> = { 'accept-encoding': 'identity', ...(resumed > 0 ? { range: `bytes=${resumed}-` } : {}) };
    const response = await context.platform.fetch(url, { headers, signal: stall.signal });
    let done = 0;
    if (response.status === 206 && rangeStart(response) === resumed) done = resumed;
    else if (response.status === 206 || response.status === 416) {
      await response.body?.cancel();
      await files.remove(part);
      throw new TextError({ en: `HTTP ${response.status} does not continue at byte ${resumed}`, zh: `HTTP ${response.status}，没有从第 ${resumed} 字节继续` });
    } else if (!response.ok) {
      await response.body?.cancel();
      const answered = { en: `HTTP ${response.status}`, zh: `服务器返回 HTTP ${response.status}` };
      if (response.status >= 500 || response.status === 429) throw new TextError(answered);
      throw new Refused(answered);
    } else await files.remove(part);
    if (response.body === null) throw new TextError({ en: 'the answer has no body', zh: '回应中没有内容' });

    progress(done);
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    const write = async (): Promise<void> => {
      if (waitingBytes === 0) return;
      await files.append(part, concatenate(waiting, waitingBytes));
      waiting = [];
      waitingBytes = 0;
    };
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { value, done: ended } = await reader.read();
        if (ended) break;
        waitAgain();
        done += value.length;
        if (done > file.bytes) throw new TooLong({ en: `it sends more than the ${file.bytes} bytes that ${file.name} has`, zh: `它发送的内容超过了 ${file.name} 应有的 ${file.bytes} 字节` });
        waiting.push(value);
        waitingBytes += value.length;
        if (waitingBytes >= WRITE_BYTES) await write();
        progress(done);
      }
    } finally {
      // Also after a cut or an abort: what has come need not come again.
      await write();
      await reader.cancel().catch(() => undefined);
    }
  } finally {
    clearTimeout(timer);
    context.signal?.removeEventListener('abort', onAbort);
  }
}

function rangeStart(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? undefined : Number(match[1]);
}

async function partSize(platform: Platform, part: string): Promise<number> {
  return (await platform.files.exists(part)) ? platform.files.size(part) : 0;
}

/** `fetch` hides the system's reason in the cause. */
function reason(error: unknown): Text {
  if (error instanceof TextError || !(error instanceof Error)) return textOf(error);
  const words = error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
  return { en: words, zh: `网络出错（${words}）` };
}

function wrongDigest(file: PublishedFile, bytes: number, digest: string): Text {
  const isWhole = bytes === file.bytes;
  return {
    en: `${file.name} is not the published file${isWhole ? '' : ` and has ${bytes} bytes instead of ${file.bytes}`}: its SHA-256 is ${digest}, wanted is ${file.sha256}`,
    zh: `${file.name} 不是官方发布的文件${isWhole ? '' : `，它有 ${bytes} 字节，而应为 ${file.bytes} 字节`}：其 SHA-256 为 ${digest}，应为 ${file.sha256}`,
  };
}

async function sha256(bytes: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** WebCrypto and Blob refuse shared memory, so that the type must say there is none. */
async function readBytes(platform: Platform, path: string): Promise<Bytes> {
  const bytes = await platform.files.read(path);
  return bytes.buffer instanceof ArrayBuffer ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function joinPath(...parts: readonly string[]): string {
  return parts.map((part, i) => (i === parts.length - 1 ? part : part.replace(/\/+$/, ''))).join('/');
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
