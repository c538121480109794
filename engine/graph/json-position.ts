/**
 * Where a text stops being JSON. The engines' own messages differ and often give no place at all;
 * this finds line and column everywhere. Only run on text that `JSON.parse` has refused.
 */

export interface JsonFault {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong there, as the end of a sentence. */
  readonly reason: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SIMPLE_STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const WORD = /true|false|null/y;

/** The first fault of a text that is not JSON. */
export function findJsonFault(text: string): JsonFault {
  const fault = scan(text);
  const before = text.slice(0, fault.at);
  const line = before.split('\n').length;
  return { line, column: fault.at - (before.lastIndexOf('\n') + 1) + 1, reason: fault.reason };
}

function scan(text: string): { at: number; reason: string } {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found !== null;
  };
  // What surrounds the present place: a stack instead of recursion, for text that is nested without end.
  const open: ('{' | '[')[] = [];
  let expected: 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end' = 'value';
  const bad = (what: string) => ({ at, reason: at >= text.length ? `the text ends where ${what} is expected` : `${what} is expected, ${shown(text, at)} stands there` });
  for (;;) {
    take(SPACE);
    const c = text[at];
    if (expected === 'comma or end') {
      const inside = open.at(-1);
      if (inside === undefined) return c === undefined ? { at, reason: 'the text is damaged' } : bad('the end of the file');
      if (c === ',') {
        at++;
        expected = inside === '{' ? 'key' : 'value';
      } else if (c === (inside === '{' ? '}' : ']')) {
        at++;
        open.pop();
      } else return bad(inside === '{' ? "',' or '}'" : "',' or ']'");
    } else if (expected === 'colon') {
      if (c !== ':') return bad("':'");
      at++;
      expected = 'value';
    } else if (expected === 'key' || expected === 'key or }') {
      if (c === '}' && expected === 'key or }') {
        at++;
        open.pop();
        expected = 'comma or end';
      } else if (c !== '"') return bad(expected === 'key' ? 'a name in double quotes' : "a name in double quotes or '}'");
      else if (take(SIMPLE_STRING)) expected = 'colon';
      else return { at, reason: 'the string that starts here does not end properly' };
    } else if (c === ']' && expected === 'value or ]') {
      at++;
      open.pop();
      expected = 'comma or end';
    } else if (c === '{' || c === '[') {
      at++;
      open.push(c);
      expected = c === '{' ? 'key or }' : 'value or ]';
    } else if (c === '"') {
      if (!take(SIMPLE_STRING)) return { at, reason: 'the string that starts here does not end properly' };
      expected = 'comma or end';
    } else if (take(WORD) || (c !== undefined && /[-0-9]/.test(c) && take(NUMBER))) expected = 'comma or end';
    else return bad('a value');
  }
}

function shown(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? `the control character U+${code.toString(16).padStart(4, '0').toUpperCase()}` : `'${String.fromCodePoint(code)}'`;
}
