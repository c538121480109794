/** What goes wrong with data, in words for the user: which file, what was found, what was wanted, and the way out. */
import { type Text, TextError } from '../text.ts';

export type DataErrorCode =
  /** Neither source, cache nor mirrors have it. */
  | 'data-unavailable'
  /** A file is not the published one: truncated, swapped or altered. */
  | 'data-digest'
  /** A file cannot be read as what it claims to be. */
  | 'data-format'
  /** Arrays do not fit the ports they are meant for. */
  | 'data-mismatch';

export class DataError extends TextError {
  readonly code: DataErrorCode;
  constructor(code: DataErrorCode, text: Text, options: ErrorOptions = {}) {
    super(text, options);
    this.name = 'DataError';
    this.code = code;
  }
}
