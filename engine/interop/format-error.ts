import { type Text, TextError } from '../text.ts';

/** Thrown for a file that cannot be read as what it claims to be, and for a model that a format cannot express. The text is for the user: what was found, what was wanted, and the way out. */
export class FormatError extends TextError {
  constructor(text: Text, options?: ErrorOptions) {
    super(text, options);
    this.name = 'FormatError';
  }
}
