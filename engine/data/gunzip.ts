/** Unpack gzip, with the host's own decompressor where it has a fast one. */
import type { Platform } from '../platform/platform.ts';
import { DataError } from './data-error.ts';

export async function gunzip(bytes: Uint8Array<ArrayBuffer>, name: string, platform: Pick<Platform, 'gunzip'> = {}): Promise<Uint8Array> {
  try {
    if (platform.gunzip !== undefined) return await platform.gunzip(bytes);
    return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
  } catch (error) {
    throw new DataError('data-format', { en: `${name} cannot be unpacked: it is damaged or no gzip file`, zh: `${name} 无法解压：文件已损坏，或不是 gzip 文件` }, { cause: error });
  }
}
