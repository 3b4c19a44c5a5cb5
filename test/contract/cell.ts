import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { filesOf } from '../../src/engines/artifact.ts';
import type { DesiredNode } from '../../src/engines/desired.ts';
import { quote } from '../../src/shell/quote.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import type { Rendered } from '../fakes/renderedFor.ts';

/** One call of a recorded program. */
export interface Call {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The configuration that nginx got. */
  readonly conf: string | null;
}

/** What a start script did. */
export interface Start {
  readonly calls: readonly Call[];
  /** What it and the servers printed. */
  readonly log: string;
  /** null: it ran until the end of the test. */
  readonly exitCode: number | null;
}

export interface CellOptions {
  /** Calls of which program, and how many, are waited for; null: its end is. */
  readonly expected: (node: NodeName) => readonly [program: string, count: number] | null;
  /** Shell commands that run on each host before. */
  readonly before?: string;
  /** Changes the text of rendered files. */
  readonly edit?: (text: string) => string;
}

const WAIT_SECONDS = 60;
const PATH = '/recorders:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CELL = new URL('cell.sh', import.meta.url).pathname;

/** Runs the start scripts of some nodes against a source tree, each host with a network of its own. */
export async function startIn<Name extends NodeName>(
  tree: string,
  { nodes }: Rendered,
  names: readonly Name[],
  { expected, before = '', edit = (text) => text }: CellOptions,
): Promise<Readonly<Record<Name, Start>>> {
  const out = mkdtempSync(join(tmpdir(), 'omniplace-contract-'));
  try {
    const chosen = names.map((name) => nodes[name]!);
    for (const { path, content } of Object.values(nodes).flatMap(filesOf)) {
      if (!('text' in content)) continue;
      mkdirSync(dirname(join(out, 'files', path)), { recursive: true });
      writeFileSync(join(out, 'files', path), edit(content.text), { mode: 0o755 });
    }
    const hosts = [...new Set(chosen.map(({ host }) => host))];
    for (const [i, host] of hosts.entries()) {
      const here = chosen.filter((node) => node.host === host);
      const starts = here.flatMap(({ node }) => mkdirSync(join(out, node), { recursive: true }) ?? []);
      if (starts.length !== here.length) throw new Error('a node is chosen twice');
      writeFileSync(join(out, `host${i}.sh`), hostScript(here, out, i, before));
    }
    writeFileSync(join(out, 'nodes.sh'), nodesScript(hosts.length, names, out, expected));
    await promisify(execFile)('bash', [CELL, tree, out], { maxBuffer: 2 ** 26 });
    return Object.fromEntries(names.map((name) => [name, startOf(join(out, name))])) as Record<Name, Start>;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function hostScript(nodes: readonly DesiredNode[], out: string, number: number, before: string): string {
  const starts = nodes.map(({ node, container, server }) => {
    const env = [
      ...container.run.flatMap((argument, i, run) => (run[i - 1] === '-e' ? [argument] : [])),
      ...Object.entries(server.env).map(([name, value]) => `${name}=${value}`),
    ];
    const own = ['HOME=/root', `PATH=${PATH}`, `RECORDS=${out}/${node}`, `HOST_NUMBER=${number}`];
    const command = quote(['env', '-i', ...env, ...own, ...server.argv]);
    return `{ mkdir -p ${quote([dirname(server.log)])}; ${command} >${out}/${node}/log 2>&1; echo $? >${out}/${node}/exit; } &`;
  });
  return ['ip link set lo up', before, ...starts, 'wait', ''].join('\n');
}

/** Ends when each node has made the expected calls or has ended; all that still runs ends with it. */
function nodesScript(
  hosts: number,
  names: readonly NodeName[],
  out: string,
  expected: CellOptions['expected'],
): string {
  const isDone = names.map((name) => {
    const [program, count] = expected(name) ?? ['nothing', 1];
    return `{ [ -e ${out}/${name}/exit ] || [ "$(ls ${out}/${name} | grep -c '^${program}\\..*argv$')" -ge ${count} ]; }`;
  });
  return [
    'cd /data',
    ...Array.from({ length: hosts }, (_, i) => `unshare --net bash ${out}/host${i}.sh &`),
    `until ${isDone.join(' && ')} || [ "$SECONDS" -ge ${WAIT_SECONDS} ]; do sleep 0.2; done`,
    '',
  ].join('\n');
}

export function startOf(folder: string): Start {
  const names = readdirSync(folder);
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null);
  const calls = names
    .filter((name) => name.endsWith('.argv'))
    .map((name) => name.slice(0, -'.argv'.length))
    .sort((a, b) => Number(a.split('.').at(-1)) - Number(b.split('.').at(-1)))
    .map(
      (call): Call => ({
        program: call.slice(0, call.lastIndexOf('.')),
        // the shell and the recorder come first
        argv: split(read(`${call}.argv`)).slice(2),
        env: Object.fromEntries(split(read(`${call}.environ`)).map((entry) => entry.split(/=(.*)/s).slice(0, 2))),
        conf: read(`${call}.conf`),
      }),
    );
  const failed = names.filter((name) => name.endsWith('.failed')).map((name) => read(name));
  const exit = read('exit');
  return { calls, log: [read('log'), ...failed].join('\n'), exitCode: exit === null ? null : Number(exit) };
}

function split(text: string | null): readonly string[] {
  return text === null || text === '' ? [] : text.replace(/\0$/, '').split('\0');
}
