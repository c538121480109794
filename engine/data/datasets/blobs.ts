/** Blobs: normal clouds whose centres lie evenly on the unit circle. */
import { blobsNode } from '../../nodes/data/blobs.ts';
import { pointSet } from './generated.ts';

export const blobs = pointSet(blobsNode, (params) => params.classes, ({ classes, noise }, label, random) => {
  const angle = (2 * Math.PI * label) / classes;
  return [random.normal(Math.cos(angle), noise), random.normal(Math.sin(angle), noise)];
});
