/** An error of a browser's storage, with the code that a disk's would have, so that whoever words the system's errors words these too. */
export class FileError extends Error {
  readonly code: 'ENOENT' | 'EISDIR' | 'ENOTDIR' | 'ENOTEMPTY' | 'ENOSPC' | 'EACCES' | 'EBUSY' | 'EINVAL';
  readonly path: string;
  constructor(code: FileError['code'], path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.name = 'FileError';
    this.code = code;
    this.path = path;
  }
}

/** The parts of a path; none for the root. No path leads out of the store. */
export function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new FileError('EINVAL', path, 'a path in the browser\'s storage may not contain ".."');
  return parts;
}
export const bytesOf = (data: Uint8Array | string): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data);
