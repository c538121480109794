/** The samples that the model gets most wrong. */
export function SamplesPanel() {
  return null;
}
