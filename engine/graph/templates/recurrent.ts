/** Templates: sequences, read step by step. */
import type { Template } from './template.ts';

export const RECURRENT: readonly Template[] = [];
