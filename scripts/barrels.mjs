// esbuild splits a bundle by files: whoever imports one name of an index.ts would load all files behind it. In the bundle,
// imports go past such an index to the files that it names.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

const EXPORT = /export (type )?\{([^}]*)\} from '([^']+)';/g;
const IMPORT = /^import \{([^}]*)\} from '([^']+\/index\.ts)';/gm;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

/**
 * An esbuild plugin.
 * @returns {import('esbuild').Plugin}
 */
export function pastBarrels() {
  const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : null);
  return {
    name: 'past-barrels',
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const contents = withoutBarrels(text, path, read);
        return contents === text ? undefined : { contents, loader: 'ts', resolveDir: dirname(path) };
      });
    },
  };
}

/**
 * The text with its imports from an index that only exports again replaced by imports from the files behind it.
 * @param {string} text of a module
 * @param {string} file its absolute path
 * @param {(file: string) => string | null} read text of a file; null: there is none
 */
export function withoutBarrels(text, file, read) {
  return text.replace(IMPORT, (statement, names, from) => {
    const sources = sourcesOf(resolve(dirname(file), from), read);
    if (sources === null) return statement;
    const lines = namesIn(names).map(({ name, as, isType }) => {
      if (isType) return '';
      const source = sources.get(name);
      if (source === undefined) throw new Error(`${file}: ${from} does not export ${name}`);
      return `import { ${source.name === as ? as : `${source.name} as ${as}`} } from '${pathFrom(file, source.file)}';`;
    });
    return lines.join(' ');
  });
}

/** Exported name -> the file it is in, and its name there; null: the index does more than to export. */
function sourcesOf(index, read) {
  const text = read(index);
  if (text === null || text.replace(COMMENTS, '').replace(EXPORT, '').trim() !== '') return null;
  const sources = new Map();
  for (const [, isType, names, from] of text.replace(COMMENTS, '').matchAll(EXPORT)) {
    const file = resolve(dirname(index), from);
    const behind = file.endsWith('/index.ts') ? sourcesOf(file, read) : null;
    for (const { name, as, isType: isAlsoType } of namesIn(names)) {
      if (!isType && !isAlsoType) sources.set(as, behind?.get(name) ?? { file, name });
    }
  }
  return sources;
}

/** `a, type B, c as d` */
function namesIn(list) {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [name, as = name] = entry.replace(/^type /, '').split(' as ');
      return { name, as, isType: entry.startsWith('type ') };
    });
}

function pathFrom(file, target) {
  const path = relative(dirname(file), target);
  return path.startsWith('.') ? path : `./${path}`;
}
