/** Loss and metrics over time. */
export function CurvesPanel() {
  return null;
}
