/** Templates: attention over patches, characters and words. */
import type { Template } from './template.ts';

export const ATTENTION: readonly Template[] = [];
