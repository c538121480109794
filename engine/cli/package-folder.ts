/** Where the package's own files lie: this code runs from dist/cli/netloom.js or, in tests, from engine/cli. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findPackageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('The folder of the package netloom was not found.');
    folder = parent;
  }
  return folder;
}

export const packageFolder = findPackageFolder();
