/** What the engine said. */
export function LogPanel() {
  return null;
}
