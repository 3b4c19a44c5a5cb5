import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unless } from '../fakes/unless.ts';

// --ignore-scripts: the build is there already, and ssh2 works without its native addon
const folder = mkdtempSync(join(tmpdir(), 'omniplace-pack-'));
const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache') };

describe('the package', unless(existsSync('dist/index.js') ? null : 'needs the build (npm run build)'), () => {
  beforeAll(() => {
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      encoding: 'utf8',
    });
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    execFileSync('npm', ['init', '-y'], { cwd: folder, stdio: 'ignore' });
    execFileSync(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', join(folder, filename)],
      { cwd: folder, stdio: 'ignore' },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('installs elsewhere and finds no fault in its own inventories', () => {
    const inventory = join('node_modules', 'omniplace', 'inventories', 'lab-2p1d.yml');
    const ran = spawnSync('npx', ['--no-install', 'omniplace', 'validate', inventory, '--json'], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    expect(JSON.parse(ran.stdout).ok).toBe(true);
  });

  it('brings its recipes', () => {
    const init = (...args: string[]) => {
      const { stdout } = spawnSync('npx', ['--no-install', 'omniplace', 'init', ...args], {
        cwd: folder,
        encoding: 'utf8',
        env,
      });
      return JSON.parse(stdout);
    };
    const { recipes } = init('--list-recipes', '--json') as { recipes: readonly { name: string }[] };
    expect(recipes.map(({ name }) => name)).toContain('qwq-32b-a3-2p1d');
    const given = ['--hosts', '10.0.0.1-2', '--image', 'repo/omniinfer:tag', '--model-path', '/models/qwq'];
    expect(init('--recipe', 'qwq-32b-a3-2p1d', ...given, '--json').text).toContain('hosts: "10.0.0.2"');
  });

  it('renders, with its templates', () => {
    const inventory = join('node_modules', 'omniplace', 'inventories', 'lab-1p1d.yml');
    const ran = spawnSync('npx', ['--no-install', 'omniplace', 'render', inventory, '--out', 'rendered'], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    expect([ran.status, ran.stderr]).toEqual([0, expect.any(String)]);
    expect(existsSync(join(folder, 'rendered', 'manifest.json'))).toBe(true);
  });

  it('is a library too: the placement engine, with its types', () => {
    const script =
      "import { solve, writeNpyInt32 } from 'omniplace/placement'; console.log(typeof solve, writeNpyInt32([1], new Int32Array([7])).length)";
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' });
    expect(ran.stdout).toBe('function 132\n');
    expect(existsSync(join(folder, 'node_modules', 'omniplace', 'dist', 'types', 'placement', 'index.d.ts'))).toBe(
      true,
    );
  });
});
