import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseLoosely } from '../../../../files/parseJson.ts';
import { type RayNode, RayNodeShape } from '../../../lab.gen.ts';
import { UsageError } from '../../shared/refusal.ts';
import { checkCann } from '../rank/cann.ts';
import { loadDevices, visibleDies } from '../rank/devices.ts';
import { joinRay, RAY_PORT, rayNodes } from './cluster.ts';
import { noteNode, runningNode, stopNode } from './runningNode.ts';

const HEARTBEAT_MS = 2000;
const JOIN_TIMEOUT_MS = 5000;

/** `ray start --head | --address=HOST:PORT`, `ray stop` and `ray status [--address=HOST:PORT]`: keeps count of the dies of a prefill instance's hosts. */
export async function ray(argv: readonly string[]): Promise<void> {
  const [verb, ...options] = argv;
  const value = (name: string) => options.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const port = Number(value('port') ?? process.env.LAB_RAY_PORT ?? RAY_PORT);
  const address = value('address');
  if (verb === 'status') return status(...hostAndPort(address ?? `127.0.0.1:${port}`));
  if (verb === 'node') return address ? follow(address) : lead(port);
  if (verb === 'stop') return stop();
  if (verb !== 'start') throw new UsageError(`Error: No such command '${verb ?? ''}'.`);
  checkStart(address ?? `127.0.0.1:${port}`);
  if (address) return startFollower(address);
  if (options.includes('--head')) return startHead(port);
  throw new UsageError('Error: `ray start` needs --head or --address.');
}

/** The original's `ray start` needs no CANN: the first task of that host fails, in the same words. */
function checkStart(address: string): void {
  checkCann(process.env);
  if (runningNode(process.env) === null) return;
  throw new UsageError(`ConnectionError: Ray is trying to start at ${address}, but is already running on this host.`);
}

function stop(): void {
  process.stdout.write(stopNode(process.env) ? 'Stopped 1 ray process.\n' : 'No ray process is running.\n');
}

async function status(host: string, port: number): Promise<void> {
  const nodes = await rayNodes(host, port);
  if (nodes === null) throw new UsageError('ConnectionError: Could not find any running Ray instance.');
  for (const { address, dies } of nodes) process.stdout.write(`${address} ${dies} NPU\n`);
}

async function startHead(port: number): Promise<void> {
  if (await rayNodes('127.0.0.1', port)) {
    throw new UsageError(`ConnectionError: Ray is trying to start at port ${port}, but is already running.`);
  }
  detach([`--port=${port}`]);
  const until = Date.now() + JOIN_TIMEOUT_MS;
  while (!(await rayNodes('127.0.0.1', port))) {
    if (Date.now() > until) throw new UsageError(`RuntimeError: GCS didn't start on port ${port}`);
    await delay(50);
  }
  process.stdout.write('Ray runtime started.\n');
}

async function startFollower(address: string): Promise<void> {
  if (!(await joinRay(...hostAndPort(address), thisNode()))) {
    throw new UsageError(`ConnectionError: Failed to connect to GCS at address ${address}.`);
  }
  detach([`--address=${address}`]);
  process.stdout.write('Ray runtime started.\n');
}

// like raylet, the node lives on when `ray start` has returned
function detach(options: readonly string[]): void {
  const argv = [process.argv[1]!, 'ray', 'node', ...options];
  const node = spawn(process.execPath, argv, { detached: true, stdio: 'ignore' });
  if (node.pid !== undefined) noteNode(node.pid, process.env);
  node.unref();
}

/** The head: knows itself and every node heard of within three heartbeats. */
function lead(port: number): void {
  const heard = new Map<string, { readonly node: RayNode; readonly at: number }>();
  const own = thisNode();
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let text = '';
      for await (const chunk of request) text += chunk;
      const node = parseLoosely(text, RayNodeShape);
      if (node !== null) heard.set(node.address, { node, at: Date.now() });
    }
    const alive = [...heard.values()].filter(({ at }) => Date.now() - at < 3 * HEARTBEAT_MS).map(({ node }) => node);
    response.end(JSON.stringify([own, ...alive]));
  });
  server.on('error', () => process.exit(1));
  server.listen(port);
}

async function follow(address: string): Promise<void> {
  const own = thisNode();
  for (;;) {
    await joinRay(...hostAndPort(address), own);
    await delay(HEARTBEAT_MS);
  }
}

function hostAndPort(address: string): [string, number] {
  const [host, port] = address.split(':');
  return [host!, Number(port)];
}

function thisNode(): RayNode {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const address = process.env.IP ?? addresses.find(({ internal }) => !internal)?.address ?? '127.0.0.1';
  return { address, dies: visibleDies(process.env, loadDevices(process.env)).length };
}
