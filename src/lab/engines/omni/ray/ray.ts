import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseLoosely } from '../../../../files/parseJson.ts';
import { type RayNode, RayNodeShape } from '../../../lab.gen.ts';
import { loadDevices, visibleDies } from '../rank/devices.ts';
import { UsageError } from '../refusal.ts';
import { joinRay, RAY_PORT, rayNodes } from './cluster.ts';

const HEARTBEAT_MS = 2000;
const JOIN_TIMEOUT_MS = 5000;

/** `ray start --head | --address=HOST:PORT` and `ray status [--address=HOST:PORT]`: keeps count of the dies of a prefill instance's hosts. */
export async function ray(argv: readonly string[]): Promise<void> {
  const [verb, ...options] = argv;
  const value = (name: string) => options.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const port = Number(value('port') ?? process.env.LAB_RAY_PORT ?? RAY_PORT);
  const address = value('address');
  if (verb === 'status') return status(...hostAndPort(address ?? `127.0.0.1:${port}`));
  if (verb === 'node') return address ? follow(address) : lead(port);
  if (verb !== 'start') throw new UsageError(`Error: No such command '${verb ?? ''}'.`);
  if (address) return startFollower(address);
  if (options.includes('--head')) return startHead(port);
  throw new UsageError('Error: `ray start` needs --head or --address.');
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
  spawn(process.execPath, [process.argv[1]!, 'ray', 'node', ...options], { detached: true, stdio: 'ignore' }).unref();
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
