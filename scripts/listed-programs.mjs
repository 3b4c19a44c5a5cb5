import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Prints a folder that holds what every Debian has, what the packages of scripts/packages.txt bring, node and npm: as a test
 * run's PATH it lets no test call a program which this machine happens to have. Prints nothing where dpkg or a package is missing.
 */
const PROGRAM_FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = listedPackages();
  const installed = installedPackages();
  if (installed !== null && wanted.every((name) => installed.has(name))) console.log(folderOf(wanted, installed));
}

export function listedPackages() {
  const lines = readFileSync(new URL('./packages.txt', import.meta.url), 'utf8').split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim()).filter(Boolean);
}

/** By name, also that of what they provide: `{names, isBase, needs}`; null: no Debian. */
function installedPackages() {
  const format = '${Package}\t${Essential}\t${Priority}\t${Provides}\t${Pre-Depends}, ${Depends}\n';
  let text;
  try {
    text = execFileSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
  const packages = new Map();
  const named = (list) =>
    list
      .split(/[,|]/)
      .map((entry) => entry.trim().split(/[ (:]/)[0])
      .filter(Boolean);
  for (const line of text.trim().split('\n')) {
    const [name, essential, priority, provides, needs] = line.split('\t');
    const one = { name, isBase: essential === 'yes' || priority === 'required' || name === 'apt', needs: named(needs) };
    for (const known of named(provides)) if (!packages.has(known)) packages.set(known, one);
    packages.set(name, one);
  }
  return packages;
}

function folderOf(wanted, installed) {
  const chosen = new Set();
  const add = (name) => {
    const found = installed.get(name);
    if (!found || chosen.has(found.name)) return;
    chosen.add(found.name);
    found.needs.forEach(add);
  };
  for (const { name, isBase } of installed.values()) if (isBase) add(name);
  wanted.forEach(add);
  const files = execFileSync('dpkg', ['-L', ...chosen], { encoding: 'utf8', maxBuffer: 2 ** 28 }).split('\n');
  const programs = files.filter((file) => /^(\/usr)?\/s?bin\/[^/]+$/.test(file) && existsSync(file));
  const brought = new Set(programs.map((file) => realpathSync(file)));
  const links = new Map(programs.map((file) => [basename(file), file]));
  // awk, which and their like are links that a package's installation makes, and are in none of its files
  for (const folder of PROGRAM_FOLDERS.filter(existsSync))
    for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink())) {
      const file = join(folder, name);
      if (readlinkSync(file).startsWith('/etc/alternatives/') && existsSync(file) && brought.has(realpathSync(file)))
        links.set(name, file);
    }
  links.set('node', process.execPath);
  for (const name of ['npm', 'npx']) {
    const file = (process.env.PATH ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(existsSync);
    if (file) links.set(name, file);
  }
  const folder = mkdtempSync(join(tmpdir(), 'omniplace-programs-'));
  for (const [name, file] of links) symlinkSync(file, join(folder, name));
  return folder;
}
