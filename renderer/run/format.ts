/** Numbers of a run as people read them, in the window's language. */

/** Four digits tell steps of training apart; very small ones keep their exponent. */
export function formatValue(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e5 ? value.toExponential(2).replace('e+', 'e') : value.toPrecision(4);
}
/** Learning rates: as one writes them, without trailing noise. */
export function formatRate(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value === 0) return '0';
  const short = Number(value.toPrecision(3));
  return short < 1e-3 ? short.toExponential().replace('e+', 'e') : String(short);
}
export const formatCount = (value: number, language: string): string => Math.round(value).toLocaleString(language);
export const formatPercent = (share: number, language: string): string => share.toLocaleString(language, { style: 'percent', maximumFractionDigits: 0 });

/** 4.2 s, 1:05, 2:03:10: digits alone, so that it is the same in every language but for the unit of short ones. */
export function formatSeconds(seconds: number, language: string): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds))} ${language.startsWith('zh') ? '秒' : 's'}`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
