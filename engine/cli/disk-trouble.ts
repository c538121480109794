/** What the operating system's error codes about files mean, in words that name the file and not the call. */
import { basename, dirname } from 'node:path';
import { isUnfinished } from '../platform/platform.ts';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the system does not permit it',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EEXIST: 'something of that name is in the way',
  ENOENT: 'there is no such file or folder',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
};

/** "rom/x: the file system is read-only (EROFS)", or undefined when the error is not the disk's. */
export function diskTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const words = WORDS[error.code];
  if (words === undefined) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  if (path === undefined) return `${words.charAt(0).toUpperCase()}${words.slice(1)} (${error.code})`;
  // Files are written beside their place and renamed; the name of the half-written one tells nobody anything.
  return `${isUnfinished(basename(path)) ? dirname(path) : path}: ${words} (${error.code})`;
}
