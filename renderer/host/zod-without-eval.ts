/** Stands for the package `zod` in the browser's bundles: the same, told beforehand to build no code from strings, which the content policy forbids. */
import { config } from 'zod/v4';

config({ jitless: true });

export * from 'zod/v4';
