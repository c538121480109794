/** The selected node's parameters, made from its type. */
export function InspectorPanel() {
  return null;
}
