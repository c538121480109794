/** The graph as a tree that a screen reader reads: an equal editor. */
export function OutlinePanel() {
  return null;
}
