/** An error of a browser's storage, with the code that a disk's would have, so that whoever words the system's errors words these too. */
import { type Text, TextError } from '../text.ts';

export class FileError extends TextError {
  readonly code: 'ENOENT' | 'EISDIR' | 'ENOTDIR' | 'ENOTEMPTY' | 'ENOSPC' | 'EACCES' | 'EBUSY' | 'EINVAL';
  readonly path: string;
  constructor(code: FileError['code'], path: string, why: Text, options?: ErrorOptions) {
    super({ en: `${path}: ${why.en}`, zh: `${path}：${why.zh}` }, options);
    this.name = 'FileError';
    this.code = code;
    this.path = path;
  }
}

/** The parts of a path; none for the root. No path leads out of the store. */
export function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new FileError('EINVAL', path, { en: 'a path in the browser\'s storage may not contain ".."', zh: '浏览器存储中的路径不能包含“..”' });
  return parts;
}
export const bytesOf = (data: Uint8Array | string): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data);

/** What may be wrong with a path, in the same words in every store. */
export const PATH_TROUBLE = {
  missing: { en: 'there is no such file or folder', zh: '没有这个文件或文件夹' },
  isFolder: { en: 'it is a folder, not a file', zh: '它是文件夹，不是文件' },
  isFile: { en: 'it is a file, not a folder', zh: '它是文件，不是文件夹' },
  notEmpty: { en: 'there is something in this folder already', zh: '这个文件夹不是空的' },
} as const satisfies Record<string, Text>;
