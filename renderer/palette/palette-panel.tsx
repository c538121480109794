/** All node types, to be searched and dragged. */
export function PalettePanel() {
  return null;
}
