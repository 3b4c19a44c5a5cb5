// Templates are imported as text by pure code, in tests (vite) as in the bundle (esbuild).
import { readFileSync } from 'node:fs';

export const TEXT_FILES = ['.eta', '.sh', '.py'];

/**
 * A vite plugin: `import text from './x.sh'` gives the file's text.
 * @returns {import('vite').Plugin}
 */
export function textModules() {
  return {
    name: 'text-modules',
    enforce: 'pre',
    load(id) {
      const file = id.split('?')[0];
      if (!TEXT_FILES.some((ending) => file.endsWith(ending))) return undefined;
      return `export default ${JSON.stringify(readFileSync(file, 'utf8'))};`;
    },
  };
}
