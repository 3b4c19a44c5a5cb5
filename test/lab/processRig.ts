import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type OutgoingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, asserted on by the tests
  readonly json: any;
}

/** A machine of its own as far as an engine can see: commands on PATH, a model. */
export class ProcessRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'omniplace-engine-'));
  readonly env: NodeJS.ProcessEnv = {
    PATH: `${this.folder}/bin:${process.env.PATH}`,
    LAB_LOAD_MS: '100',
    LAB_TOKEN_MS: '1',
  };
  readonly #children: ChildProcess[] = [];

  write(path: string, content: string | Buffer, mode = 0o644): string {
    const file = `${this.folder}/${path}`;
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    return file;
  }

  read(path: string): string {
    return readFileSync(`${this.folder}/${path}`, 'utf8');
  }

  writeModel(config: Readonly<Record<string, number>>): string {
    const model = {
      num_hidden_layers: 3,
      first_k_dense_replace: 1,
      n_routed_experts: 8,
      num_experts_per_tok: 2,
      max_position_embeddings: 4096,
    };
    this.write('model/config.json', JSON.stringify({ ...model, ...config }));
    return `${this.folder}/model`;
  }

  start(command: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = this.folder): Running {
    // a group of its own: launchers leave their servers when they are killed alone
    const child = spawn(command, argv, {
      cwd,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#children.push(child);
    return new Running(child);
  }

  async down(): Promise<void> {
    for (const child of this.#children) killGroup(child, 'SIGTERM');
    await Promise.all(
      this.#children.map((child) =>
        child.exitCode === null && child.signalCode === null ? new Promise((end) => child.once('exit', end)) : null,
      ),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Of all that it has started, also once it has ended itself. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

/** A started process with all it has said. */
export class Running {
  output = '';
  readonly exit: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.on('data', (chunk) => {
      this.output += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      this.output += chunk;
    });
    this.exit = new Promise((resolve) => child.once('close', resolve));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Also what it has started. */
  killAll(signal: NodeJS.Signals): void {
    killGroup(this.#child, signal);
  }

  async says(words: string | RegExp): Promise<void> {
    await until(
      () => (typeof words === 'string' ? this.output.includes(words) : words.test(this.output)),
      () => this.output,
    );
  }
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  state: () => string = () => '',
): Promise<void> {
  for (let left = 400; !(await condition()); left--) {
    if (left === 0) throw new Error(`waited too long\n${state()}`);
    await delay(25);
  }
}

/** The status of a GET; 0 when nothing listens. */
export async function status(port: number, path = '/health'): Promise<number> {
  return (await call(port, 'GET', path).catch(() => ({ status: 0 }))).status;
}

export function get(port: number, path: string): Promise<Answer> {
  return call(port, 'GET', path);
}

export function post(port: number, path: string, body: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return call(port, 'POST', path, typeof body === 'string' ? body : JSON.stringify(body), headers);
}

function call(
  port: number,
  method: string,
  path: string,
  body = '',
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text, json: parse(text) }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function parse(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `count` free ports in a row, below the ephemeral range. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 11_000);
    const ports = Array.from({ length: count }, (_, at) => first + at);
    const used = usedPorts();
    if (ports.some((port) => used.has(port))) continue;
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
}

/** Of connections in any state: launchers test a port without SO_REUSEADDR, so one in TIME_WAIT is not free to them. */
function usedPorts(): ReadonlySet<number> {
  const lines = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1));
  return new Set(lines.map((line) => Number.parseInt(line.split(':')[2] ?? '', 16)));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
