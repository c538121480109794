/** Command lines that are printed to be copied. */
import { expect, test } from 'vitest';
import { commandLine, commandName } from '../../engine/cli/command-line.ts';

test('the command is called as it was started', () => {
  expect(commandName('/usr/local/bin/netloom', '/somewhere')).toBe('netloom');
  expect(commandName('/lib/node_modules/netloom/bin/netloom.js', '/somewhere')).toBe('netloom');
  expect(commandName('/clone/bin/netloom.js', '/clone')).toBe('node bin/netloom.js');
  expect(commandName('/my clone/bin/netloom.js', '/my clone/runs')).toBe('node ../bin/netloom.js');
  expect(commandName('/my clone/bin/netloom.js', '/')).toBe('node "my clone/bin/netloom.js"');
});
test('words that a shell would take apart are quoted', () => {
  expect(commandLine('train', '--resume', 'runs/xor-1')).toMatch(/ train --resume runs\/xor-1$/);
  expect(commandLine('runs/图-1')).toMatch(/ runs\/图-1$/);
  expect(commandLine('my runs/a$b')).toMatch(/ "my runs\/a\\\$b"$/);
});
