/** Which classes are taken for which. */
export function ConfusionPanel() {
  return null;
}
