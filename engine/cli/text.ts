/** Numbers, times and tables as people read them. Pure, so that what is printed can be tested without a terminal. */

/** Four significant digits: enough to watch a loss fall, few enough to read at a glance. */
export function formatLoss(loss: number): string {
  if (!Number.isFinite(loss)) return String(loss);
  if (loss !== 0 && (Math.abs(loss) < 1e-3 || Math.abs(loss) >= 1e5)) return loss.toExponential(3);
  return loss.toPrecision(4);
}

const SHARES = /^(accuracy|top\d*|top-\d+|precision|recall|f1)/i;
/** Metrics that are shares of 1 are shown in percent. */
export function formatMetric(name: string, value: number): string {
  return SHARES.test(name) && value >= 0 && value <= 1 ? `${(value * 100).toFixed(2)} %` : formatLoss(value);
}

export function formatMetrics(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics).map(([name, value]) => `${name} ${formatMetric(name, value)}`).join('  ');
}

/** 40 ms, 4.2 s, 42 s, 3:05 min, 2:03:04 h. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?';
  if (seconds < 0.995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)} h`;
}

export const formatCount = (n: number): string => Math.round(n).toLocaleString('en-US');

/** "1 step", "1,880 steps". */
export const counted = (n: number, singular: string, plural = `${singular}s`): string => `${formatCount(n)} ${n === 1 ? singular : plural}`;

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A bar of `width` characters, filled in eighths of a character. */
export function formatBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = eighths % 8;
  const partial = part === 0 ? '' : (['▏', '▎', '▍', '▌', '▋', '▊', '▉'][part - 1] ?? '');
  return `${'█'.repeat(full)}${partial}${'░'.repeat(Math.max(0, width - full - (part === 0 ? 0 : 1)))}`;
}

/** Columns padded to their widest cell; numbers-only columns are set flush right. */
export function formatTable(rows: readonly (readonly string[])[], indent = ''): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((row) => (row[c] ?? '').length)));
  const numeric = Array.from({ length: columns }, (_, c) => rows.slice(1).every((row) => /^[\d.,\s%+-]*$/.test(row[c] ?? '')) && rows.length > 1);
  return rows.map((row) => (indent + row.map((cell, c) => (numeric[c] === true ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0))).join('  ')).trimEnd());
}

/** Joins parts into lines of at most `width` characters, broken between parts; later lines begin under the first part. */
export function joinParts(head: string, parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    if (line !== '' && line.length + separator.length + part.length > width) {
      lines.push(line);
      line = ' '.repeat(head.length) + part;
    } else line = line === '' ? head + part : line + separator + part;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Break a text into lines of at most `width` characters, at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}
