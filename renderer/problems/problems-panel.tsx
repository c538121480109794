/** What the checker says, each problem with the way to its node and its repair. */
export function ProblemsPanel() {
  return null;
}
