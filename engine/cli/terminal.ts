/**
 * The terminal as commands see it: lines to standard output and error, and one line of status that
 * is redrawn in place where a person is watching. Piped output has no control characters at all.
 */
import { writeSync } from 'node:fs';

export interface Terminal {
  /** Whether a person is watching standard output. */
  readonly interactive: boolean;
  readonly columns: number;
  out(line: string): void;
  err(line: string): void;
  /** Replaces the status line; it stays below all that `out` and `err` print. Does nothing in a pipe. */
  status(line: string): void;
}

interface Stream {
  readonly fd: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const CLEAR_LINE = '\r\u001b[K';
/** Columns where the terminal does not say: what a terminal has had since the VT100. */
const DEFAULT_COLUMNS = 80;
/** Enough waits of a millisecond for a reader that is slow, few enough to notice one that is gone. */
const MAX_WAITS = 60_000;

/** Blocking writes: what has been printed is out even if the process ends with the next statement. */
function write(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let waits = 0;
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // The reader has left (`netloom nodes | head`): nobody wants the rest.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN' || waits++ > MAX_WAITS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** What stands in for characters that a terminal in the locale "C" has not. */
const ASCII: Readonly<Record<string, string>> = { '█': '#', '▓': '+', '▒': ':', '░': '.', '…': '...', '·': '-', '×': 'x', '±': '+-', '²': '2', '’': "'", '“': '"', '”': '"' };
/** Parts of a block, as bars end in. */
const PARTIAL_BLOCK = /[▉-▏]/g;

export const toAscii = (text: string): string => text.replace(PARTIAL_BLOCK, '.').replace(/[^\u0000-\u007f]/g, (character) => ASCII[character] ?? character);

/** The locale says so by name; where it says nothing, as in containers, terminals take UTF-8 all the same. */
export function knowsUnicode(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}

export function openTerminal(stdout: Stream = process.stdout, stderr: Stream = process.stderr): Terminal {
  const interactive = stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  // Files and pipes get the text as it is; only a person's screen is asked what it can show.
  const fitting = !interactive || knowsUnicode(process.env) ? (text: string): string => text : toAscii;
  let shown = '';
  const clear = (): void => {
    if (shown !== '') write(stdout.fd, CLEAR_LINE);
  };
  const redraw = (): void => {
    if (shown !== '') write(stdout.fd, shown);
  };
  const print = (fd: number, line: string): void => {
    clear();
    write(fd, `${fitting(line)}\n`);
    redraw();
  };
  return {
    interactive,
    get columns() {
      // A terminal that does not know its size says 0.
      return stdout.columns === undefined || stdout.columns === 0 ? DEFAULT_COLUMNS : stdout.columns;
    },
    out: (line) => print(stdout.fd, line),
    err: (line) => print(stderr.fd, line),
    status: (wanted) => {
      const line = fitting(wanted);
      if (!interactive || line === shown) return;
      clear();
      shown = line;
      redraw();
    },
  };
}
