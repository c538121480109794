/** Draw a digit, drop an image, or take a test sample: what does the model say? */
export function TestPanel() {
  return null;
}
