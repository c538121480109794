/** Command lines that are printed to be copied: they must run as they stand, in this folder and as the command was started. */
import { basename, relative } from 'node:path';

/** `netloom` where it is installed or linked; `node bin/netloom.js` in a clone, where nothing has put it into the PATH. */
export function commandName(script: string, folder: string): string {
  const parts = script.split(/[\\/]/);
  if (basename(script) === 'netloom' || parts.includes('node_modules')) return 'netloom';
  return `node ${quoted(relative(folder, script))}`;
}

/** In double quotes where a shell would take the word apart; the same in POSIX shells, cmd and PowerShell. */
function quoted(word: string): string {
  return /^[\p{L}\p{N}_.,:=@%+/\\-]+$/u.test(word) ? word : `"${word.replace(/(["$`])/g, '\\$1')}"`;
}

/** The line that runs Netloom with these words. */
export function commandLine(...words: readonly string[]): string {
  return [commandName(process.argv[1] ?? 'netloom', process.cwd()), ...words.map(quoted)].join(' ');
}
