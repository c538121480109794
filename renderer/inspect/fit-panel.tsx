/** For regression: the fit. */
export function FitPanel() {
  return null;
}
