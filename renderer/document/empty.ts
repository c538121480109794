/** What "New" gives: nothing on the canvas, and settings that suit a first small network. */
import { DOCUMENT_VERSION, type GraphDoc } from '../../engine/graph/document.ts';

export const emptyDocument = (): GraphDoc => ({
  format: 'netloom', version: DOCUMENT_VERSION, name: '', nodes: {}, edges: {},
  training: { epochs: 10, batchSize: 64, seed: 1, shuffle: true, validationSplit: 0 },
});
