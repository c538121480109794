/**
 * Words for people in both of the product's languages, and errors that carry them: whatever the engine
 * says may be read in a window of either language, so that a message in one alone does not compile.
 */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** `message` is the English one, for terminals and logs. */
export class TextError extends Error {
  readonly text: Text;
  constructor(text: Text, options?: ErrorOptions) {
    super(text.en, options);
    this.name = 'TextError';
    this.text = text;
  }
}

/** What was thrown, for a sentence about it. The system's own errors know one language, which has to do for both. */
export function textOf(error: unknown): Text {
  if (error instanceof TextError) return error.text;
  return sameText(error instanceof Error ? error.message : String(error));
}

/** Names, formulas and what others say: the same in both languages. */
export const sameText = (words: string): Text => ({ en: words, zh: words });
