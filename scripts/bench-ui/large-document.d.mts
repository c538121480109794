/** Types of `large-document.mjs`, for the tests; it is plain JavaScript because the benchmark runs without a build. */
import type { GraphDoc } from '../../engine/graph/document.ts';
export declare function largeDocument(count: number): GraphDoc;
