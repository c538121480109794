/** Formulas as the panel sets them: those that the node types lay side by side stand below each other, because a panel is narrow. */

/** Splits at `\qquad` and at `,\quad` outside of braces and environments; the comma in front goes. */
export function mathsLines(source: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of source.split(/(,?\s*\\qquad|,\s*\\quad)/)) {
    const isBreak = /^,?\s*\\q?quad$/.test(part);
    if (isBreak && isClosed(line)) {
      lines.push(line);
      line = '';
    } else line += part;
  }
  return [...lines, line].map((each) => each.trim()).filter((each) => each !== '');
}

function isClosed(text: string): boolean {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return count(/(?<!\\)\{/g) === count(/(?<!\\)\}/g) && count(/\\begin/g) === count(/\\end/g) && count(/\\left(?![a-z])/g) === count(/\\right(?![a-z])/g);
}
