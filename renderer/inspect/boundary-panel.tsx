/** For 2-D data: the decision boundary, live. */
export function BoundaryPanel() {
  return null;
}
