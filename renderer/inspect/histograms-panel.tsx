/** Weights, activations and gradients by layer over time. */
export function HistogramsPanel() {
  return null;
}
