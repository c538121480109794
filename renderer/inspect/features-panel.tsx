/** Kernels and feature maps. */
export function FeaturesPanel() {
  return null;
}
