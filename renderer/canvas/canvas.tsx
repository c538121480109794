/** The canvas: the graph (or the inside of a block) as nodes and wires. */
export function Canvas() {
  return null;
}
