import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FanOut } from '../../src/transport/large/fanOut.ts';
import { partPath } from '../../src/transport/large/part.ts';
import { Transfers } from '../../src/transport/large/transfers.ts';
import { createPool, type Pool } from '../../src/transport/pool.ts';
import { countStreamed } from '../../test/fakes/countStreamed.ts';
import { type Hosts, hostsUp } from '../ansible/hosts.ts';

const MIB = 1024 * 1024;

interface Row {
  readonly work: string;
  /** Wall time, median. */
  readonly seconds: number;
  /** Against a single copy. */
  readonly ratio: number;
  /** Bytes of the file that were sent, in files. */
  readonly copies: number;
  /** All that left the controller's interface, packet heads and SSH's own words too, in files. */
  readonly wire: number;
  readonly controllerCpuSeconds: number;
}

interface Way {
  readonly work: string;
  readonly hosts: readonly string[];
  readonly fanOut: boolean;
  /** Its helper is killed when it has a third of the file. */
  readonly dies?: string;
}

/** In network and mount namespaces of its own (run.mjs). */
async function main(folder: string, argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      hosts: { type: 'string', default: '16' },
      mib: { type: 'string', default: '64' },
      rate: { type: 'string', default: '100mbit' },
      runs: { type: 'string', default: '3' },
    },
  });
  const hosts = await hostsUp(folder, Number(values.hosts));
  const pool = poolOf(hosts);
  const all = hosts.all.map(({ address }) => address);
  await narrow(pool, all, values.rate);
  const file = join(folder, 'file');
  const sizeBytes = Number(values.mib) * MIB;
  writeFileSync(file, randomBytes(sizeBytes));
  const [first = ''] = all;
  const ways: Way[] = [
    { work: 'one host', hosts: [first], fanOut: false },
    { work: `${all.length} hosts, sent to each`, hosts: all, fanOut: false },
    { work: `${all.length} hosts, fan-out`, hosts: all, fanOut: true },
    { work: `${all.length} hosts, fan-out, a relay dies`, hosts: all, fanOut: true, dies: first },
  ];
  const rows: Row[] = [];
  for (const way of ways) {
    const runs: Omit<Row, 'work' | 'ratio'>[] = [];
    for (let run = 0; run < Number(values.runs); run += 1) runs.push(await measure(way, pool, file, sizeBytes));
    const medianOf = (key: 'seconds' | 'copies' | 'wire' | 'controllerCpuSeconds') =>
      median(runs.map((one) => one[key]));
    const seconds = medianOf('seconds');
    rows.push({
      work: way.work,
      seconds,
      ratio: seconds / (rows[0]?.seconds ?? seconds),
      copies: medianOf('copies'),
      wire: medianOf('wire'),
      controllerCpuSeconds: medianOf('controllerCpuSeconds'),
    });
    process.stderr.write(`${way.work}: ${runs.map((one) => one.seconds.toFixed(1)).join(' ')} s\n`);
  }
  await pool.closeAll();
  hosts.down();
  if (values.json) {
    const machine = { cores: cpus().length, node: process.version };
    console.log(JSON.stringify({ machine, ...values, rows }, null, 1));
  } else print(rows, `${values.mib} MiB, every host's link ${values.rate} each way, median of ${values.runs}`);
}

/** Every host its own file; afterwards none is left. */
async function measure({ hosts, fanOut, dies }: Way, pool: Pool, file: string, sizeBytes: number) {
  const transfers = new Transfers(pool.open, null, fanOut ? new FanOut(pool.open, () => {}) : null);
  const source = await transfers.source(file);
  const fileBytes = countStreamed(source);
  const part = { folder: '/root/incoming', name: 'file' };
  const [sentBefore, cpuBefore, begunMs] = [sentBytes(), process.cpuUsage(), performance.now()];
  let isDead = false;
  await Promise.all(
    hosts.map((host) =>
      transfers.bring(host, source, part, {
        onBytes: (bytes) => {
          if (host !== dies || isDead || bytes < sizeBytes / 3) return;
          isDead = true;
          void pool.open(host).then((reached) => reached.run('pkill -KILL -f "python3 -I -S"'));
        },
      }),
    ),
  );
  const seconds = (performance.now() - begunMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const wire = (sentBytes() - sentBefore) / sizeBytes;
  const copies = fileBytes() / sizeBytes;
  await transfers.close();
  const sums = await Promise.all(
    hosts.map(async (host) => {
      const path = partPath(part, source);
      return (await (await pool.open(host)).run(`sha256sum < '${path}' && rm -f '${path}'`)).stdout.slice(0, 64);
    }),
  );
  const sha256 = await source.sha256();
  if (sums.some((sum) => sum !== sha256)) throw new Error('a host has another file');
  return { seconds, copies, wire, controllerCpuSeconds: (user + system) / 1e6 };
}

function poolOf({ key, knownHosts }: Hosts): Pool {
  return createPool((address) => ({
    address,
    login: { user: 'root', port: 22, privateKey: key, passphrase: null, password: null, agent: false, jump: null },
    ssh: { hostKeys: 'strict', knownHosts, become: null, connectTimeoutMs: 30_000 },
    password: null,
    passphrase: null,
  }));
}

/** Both ends of each host's cable: what it gets, and what it gives. */
async function narrow(pool: Pool, all: readonly string[], rate: string): Promise<void> {
  const shape = ['root', 'tbf', 'rate', rate, 'burst', '128kb', 'latency', '50ms'];
  for (const [i] of all.entries()) execFileSync('tc', ['qdisc', 'replace', 'dev', `v${i + 1}`, ...shape]);
  await Promise.all(
    all.map(async (address) => {
      const host = await pool.open(address);
      const result = await host.run(`tc qdisc replace dev eth0 ${shape.join(' ')}`);
      if (result.code !== 0) throw new Error(result.stderr);
    }),
  );
}

function sentBytes(): number {
  const [, columns = ''] = /^ *br0:(.*)$/m.exec(readFileSync('/proc/net/dev', 'utf8')) ?? [];
  return Number(columns.trim().split(/ +/)[8]);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function print(rows: readonly Row[], title: string): void {
  console.log(`${title}\n`);
  console.log('| | s | x one host | copies sent | on the wire | controller CPU s |\n|---|---|---|---|---|---|');
  for (const { work, seconds, ratio, copies, wire, controllerCpuSeconds } of rows)
    console.log(
      `| ${work} | ${seconds.toFixed(1)} | ${ratio.toFixed(2)} | ${copies.toFixed(2)} | ${wire.toFixed(2)} | ${controllerCpuSeconds.toFixed(1)} |`,
    );
}

const [folder = '', ...argv] = process.argv.slice(2);
main(folder, argv).then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
