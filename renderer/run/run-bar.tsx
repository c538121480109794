/** Train, pause, step, stop; which device; how far. */
export function RunBar() {
  return null;
}
