/** What the shelf knows of a template. What it shows stands in the document itself, in both languages: its `description`. */
import type { Text } from '../../text.ts';
import type { Figure } from './measures.ts';

export interface Template {
  readonly id: string;
  readonly title: Text;
  /** Id of the dataset that it learns from. */
  readonly dataset: string;
  /** The paper or book that the network is from, and whose figure `figure.mark` is. */
  readonly reference: Text;
  /** What it reaches when it is trained as the document says. */
  readonly figure: Figure;
  /** How long that takes on two processor cores, data at hand. */
  readonly seconds: number;
  /** Verified by continuous integration: done in seconds, without a download. */
  readonly quick?: true;
  /** Relative to the product's `assets` folder. */
  readonly file: string;
}

export const defineTemplate = (template: Omit<Template, 'file'>): Template => ({ ...template, file: `templates/${template.id}.netloom` });
