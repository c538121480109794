/** What the selected node's type is: its maths, its shape rule with this node's numbers, an example, its source. */
export function DocsPanel() {
  return null;
}
