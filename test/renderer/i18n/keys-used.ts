/** Reads from a source file which texts it asks for: `t('…')` in the namespaces of its `useTranslation`, and `translate('ns:…')`. */
export interface UsedKey {
  readonly line: number;
  /** The key in each namespace that it may be of; `*` stands for a value that is filled in. */
  readonly keys: readonly string[];
}

const NAMESPACE_NAMES = 'app|canvas|palette|outline|inspector|docs|problems|run|plots|inspect|commands';
const NAMED_KEY = new RegExp(`['"]((?:${NAMESPACE_NAMES}):[\\w-]+(?:\\.[\\w-]+)*)['"]`, 'g');
/** A call's first argument, up to the bracket or comma that ends it. */
const CALL = /(?<![\w.$])(?:t|translate)\(/g;
const NAMESPACES = /useTranslation\(\s*(\[[^\]]*\]|'[^']*'|"[^"]*")?/g;
const LITERAL = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;

/** `folder` names the namespace of functions that are handed a `t`. A literal `'ns:key'` anywhere is a key: it may be chosen first and translated later. */
export function keysUsedIn(source: string, folder = ''): UsedKey[] {
  const hooks = [...new Set([...source.matchAll(NAMESPACES)].flatMap(([, argument]) => {
    const names = [...(argument ?? '').matchAll(/['"]([\w-]+)['"]/g)].map((match) => match[1]!);
    // The first of a list is the default; the others are named in the key.
    return names.slice(0, 1);
  }))];
  const namespaces = hooks.length > 0 ? hooks : folder === '' ? [] : [folder];
  const found: UsedKey[] = [];
  const lineAt = (at: number): number => source.slice(0, at).split('\n').length;
  for (const match of source.matchAll(NAMED_KEY)) found.push({ line: lineAt(match.index), keys: [match[1]!] });
  for (const call of source.matchAll(CALL)) {
    const start = call.index + call[0].length;
    const argument = firstArgument(source, start);
    for (const literal of literalsOf(argument)) {
      const keys = literal.includes(':') ? [literal] : namespaces.map((namespace) => `${namespace}:${literal}`);
      if (keys.length > 0 && !new RegExp(NAMED_KEY).test(`'${literal}'`)) found.push({ line: lineAt(start), keys });
    }
  }
  return found;
}

function firstArgument(source: string, start: number): string {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const letter = source[at]!;
    if (letter === "'" || letter === '"' || letter === '`') at = endOfLiteral(source, at);
    else if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter) && depth-- === 0) return source.slice(start, at);
    else if (letter === ',' && depth === 0) return source.slice(start, at);
  }
  return source.slice(start);
}

function endOfLiteral(source: string, start: number): number {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (quote === '`' && source.startsWith('${', at)) at = endOfHole(source, at + 2);
    else if (source[at] === quote) return at;
  }
  return source.length;
}

function endOfHole(source: string, start: number): number {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const letter = source[at]!;
    if (letter === "'" || letter === '"' || letter === '`') at = endOfLiteral(source, at);
    else if (letter === '{') depth++;
    else if (letter === '}' && depth-- === 0) return at;
  }
  return source.length;
}

/** `'a'`, `cond ? 'a' : 'b'`, `` `a.${x}` ``; not the strings inside of a condition, a call or a hole. */
function literalsOf(argument: string): string[] {
  const branches = splitConditional(argument);
  return branches.flatMap((branch) => {
    const text = branch.trim();
    const [match] = [...text.matchAll(LITERAL)];
    if (text.startsWith('`')) {
      const key = text.slice(1, endOfLiteral(text, 0));
      return [withHoles(key)];
    }
    if (match === undefined || match.index !== 0 || match[0].length !== text.length) return [];
    return [match[1] ?? match[2] ?? ''];
  });
}

function withHoles(template: string): string {
  let key = '';
  for (let at = 0; at < template.length; at++) {
    if (template.startsWith('${', at)) {
      at = endOfHole(template, at + 2);
      key += '*';
    } else {
      key += template[at]!;
    }
  }
  return key;
}

/** The values that a conditional expression may have. */
function splitConditional(expression: string): string[] {
  let depth = 0;
  let question: number | undefined;
  let nested = 0;
  for (let at = 0; at < expression.length; at++) {
    const letter = expression[at]!;
    if (letter === "'" || letter === '"' || letter === '`') at = endOfLiteral(expression, at);
    else if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter)) depth--;
    else if (depth === 0 && letter === '?' && (expression[at + 1] === '?' || expression[at + 1] === '.')) at++;
    else if (depth === 0 && letter === '?') {
      if (question === undefined) question = at;
      else nested++;
    } else if (depth === 0 && letter === ':' && question !== undefined && nested-- === 0) {
      return [...splitConditional(expression.slice(question + 1, at)), ...splitConditional(expression.slice(at + 1))];
    }
  }
  return [expression];
}
