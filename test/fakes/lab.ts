import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_DIALECT, type Imitated } from '../../src/lab/engines/omni/dialects/dialect.ts';
import { labPaths } from '../../src/lab/labPaths.ts';
import { requireState } from '../../src/lab/state.ts';
import { inventoryFor, type LabShape } from './labInventory.ts';

/** Why the lab can't be had on this machine; null: it can. */
export const NO_LAB: string | null =
  process.platform !== 'linux'
    ? 'the lab needs Linux'
    : process.getuid?.() !== 0
      ? 'the lab needs root'
      : !existsSync('dist/commands/lab/up.js')
        ? 'the lab needs the build (npm run build)'
        : null;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** The document of --json. */
  json<T>(): T;
}

/** The product as its users have it, against a lab of its own. */
export class LabRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'omniplace-e2e-'));

  constructor(readonly name: string) {}

  get paths() {
    return labPaths(this.name);
  }

  async up(hosts: number, dies = 4, dialect: Imitated = DEFAULT_DIALECT): Promise<void> {
    const size = ['--hosts', String(hosts), '--dies', String(dies)];
    const ran = await this.omniplace('lab', 'up', '--name', this.name, '--dialect', dialect, ...size);
    if (ran.code !== 0) throw new Error(`lab up: ${ran.stderr}`);
  }

  /** Of vLLM; its deployment file is `paths.deployment`. */
  async upVllm(hosts: number, dies = 4): Promise<void> {
    const size = ['--hosts', String(hosts), '--dies', String(dies)];
    const ran = await this.omniplace('lab', 'up', '--name', this.name, '--engine', 'vllm', ...size);
    if (ran.code !== 0) throw new Error(`lab up: ${ran.stderr}`);
  }

  async down(): Promise<void> {
    await this.omniplace('lab', 'down', '--name', this.name);
  }

  forget(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes the inventory of a shape for this lab; `edit` changes its text. */
  inventory(shape: LabShape, edit: (text: string) => string = (text) => text): string {
    const file = join(this.folder, `${shape}.yml`);
    writeFileSync(file, edit(inventoryFor(requireState(this.name), shape)));
    return file;
  }

  address(host: number): string {
    const found = requireState(this.name).hosts.find((candidate) => candidate.number === host);
    if (!found) throw new Error(`no host ${host}`);
    return found.address;
  }

  fault(kind: string, host: number, arg?: string): Promise<Ran> {
    return this.omniplace(
      'lab',
      'fault',
      kind,
      '--name',
      this.name,
      '--host',
      String(host),
      ...(arg === undefined ? [] : ['--arg', arg]),
    );
  }

  /** A command on a host by the machine's own ssh: a second pair of eyes. */
  ssh(host: number, command: string): Promise<Ran> {
    const { key, knownHosts } = this.paths;
    const options = [
      '-i',
      key,
      '-o',
      `UserKnownHostsFile=${knownHosts}`,
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=5',
      '-o',
      'LogLevel=ERROR',
    ];
    return finished(
      spawn('ssh', [...options, `root@${this.address(host)}`, command], { stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  omniplace(...args: string[]): Promise<Ran> {
    return finished(this.start(...args));
  }

  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, ['bin/run.js', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, XDG_STATE_HOME: join(this.folder, 'state'), NO_COLOR: '1' },
    });
  }
}

export function finished(child: ChildProcess): Promise<Ran> {
  const startedMs = performance.now();
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        code,
        ...text,
        tookMs: performance.now() - startedMs,
        json: <T>() => JSON.parse(text.stdout) as T,
      }),
    );
  });
}

/** Resolves once the child has written `pattern` to stderr. */
export function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve();
    });
    child.on('close', (code) => reject(new Error(`ended with ${code} before it said ${pattern}: ${text}`)));
  });
}
