/** Thrown for a file that cannot be read as what it claims to be, and for a model that a format cannot express. The message is for the user: what was found, what was wanted, and the way out. */
export class FormatError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FormatError';
  }
}
