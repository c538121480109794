/** Failures that are the user's to mend. Everything else that is thrown is a bug and is reported as one. */

/** Wrong input: exit code 2. `details` are printed one per line below the message. */
export class InputError extends Error {
  readonly details: readonly string[];
  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.name = 'InputError';
    this.details = details;
  }
}

/** The input was right and the work failed all the same (no network, no GPU, a full disk): exit code 1. */
export class FailedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FailedError';
  }
}

export type ExitCode = 0 | 1 | 2;
export const EXIT = { done: 0, failed: 1, wrongInput: 2 } as const satisfies Record<string, ExitCode>;
