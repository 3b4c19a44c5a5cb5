import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseLoosely } from '../../../../files/parseJson.ts';
import { type RayNode, type RayNodes, RayNodesShape } from '../../../lab.gen.ts';
import { logInfo } from '../../shared/log.ts';
import { Refusal } from '../../shared/refusal.ts';

export const RAY_PORT = 6379;
const RETRY_MS = 1000;
const WATCH_MS = 2000;

/** Waits until the ray cluster of this host holds enough dies for a tensor-parallel group larger than the host. */
export async function waitForDies(
  needed: number,
  here: number,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<void> {
  const port = rayPort(env);
  const until = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt++) {
    const nodes = await rayNodes('127.0.0.1', port);
    if (nodes === null) {
      throw new Refusal(
        'ValueError',
        `Tensor parallel size (${needed}) is larger than the number of available NPUs (${here}) in this node and no ray cluster answers.`,
      );
    }
    const dies = numDies(nodes);
    if (dies >= needed) return;
    if (Date.now() > until) {
      throw new Refusal(
        'ValueError',
        `Cannot provide a placement group of ${needed} NPUs: the ray cluster has ${dies}.`,
      );
    }
    if (attempt === 0) logInfo(`Waiting for creating a placement group: ${dies} of ${needed} NPUs in the ray cluster`);
    await delay(RETRY_MS);
  }
}

/** Calls `onLost` once the cluster holds fewer dies than the instance runs on. */
export function watchDies(needed: number, env: NodeJS.ProcessEnv, onLost: (reason: string) => void): void {
  setInterval(async () => {
    const dies = numDies((await rayNodes('127.0.0.1', rayPort(env))) ?? []);
    if (dies < needed) onLost(`the ray cluster has ${dies} of ${needed} NPUs`);
  }, WATCH_MS);
}

/** Nodes of the cluster whose head answers there; null: none does. */
export function rayNodes(host: string, port: number): Promise<RayNodes | null> {
  return call(host, port, 'GET', null);
}

/** Makes this host known to the head; null: no head answers. */
export function joinRay(host: string, port: number, node: RayNode): Promise<RayNodes | null> {
  return call(host, port, 'POST', node);
}

function numDies(nodes: readonly RayNode[]): number {
  return nodes.reduce((sum, node) => sum + node.dies, 0);
}

function rayPort(env: NodeJS.ProcessEnv): number {
  return Number(env.LAB_RAY_PORT ?? RAY_PORT);
}

function call(host: string, port: number, method: string, body: RayNode | null): Promise<RayNodes | null> {
  return new Promise((resolve) => {
    const outgoing = request({ host, port, method, path: '/nodes', timeout: RETRY_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(parseLoosely(text, RayNodesShape)));
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(null));
    outgoing.end(body && JSON.stringify(body));
  });
}
