import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BoundPorts, Step, StepResult } from '../../src/plan/step.ts';
import { runPlan } from '../../src/runner/run.ts';
import { request } from '../../src/transport/http.ts';
import { freePort } from '../fakes/freePort.ts';
import { LocalHost } from '../fakes/localHost.ts';

let folder: string;
let shown: string[];
const path = process.env.PATH;

beforeEach(() => {
  shown = [];
  folder = mkdtempSync(join(tmpdir(), 'omniplace-spawn-'));
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\necho started >>${folder}/docker.log\n`, { mode: 0o755 });
  process.env.PATH = `${folder}:${path}`;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

const isStarted = () => {
  try {
    return readFileSync(join(folder, 'docker.log'), 'utf8') === 'started\n';
  } catch {
    return false;
  }
};

describe('the start of a server', { timeout: 60_000 }, () => {
  it('prints nothing about free ports', async () => {
    const port = await freePort();
    const { status, message } = await started({ exclusive: [port], reused: [port + 1], waitMs: 5_000 });
    expect([status, message, isStarted()]).toEqual(['changed', 'done', true]);
  });

  it.each(['exclusive', 'reused'] as const)('fails at once where a process listens on a port (%s)', async (how) => {
    const server = createServer();
    const port = await listening(server);
    const result = await started({ exclusive: [], reused: [], waitMs: 60_000, [how]: [port] });
    server.close();
    expect(result.status).toBe('failed');
    expect(result.output.join('\n')).toMatch(
      new RegExp(`^port ${port} is held by process ${process.pid} \\(.+\\), which listens there$`),
    );
    expect(isStarted()).toBe(false);
  });

  it('waits for connections in TIME_WAIT, with the reason, and gives up after its time', async () => {
    const port = await portInTimeWait();
    const { status, output } = await started({ exclusive: [port], reused: [], waitMs: 4_000 });
    const reason = `port ${port}: connections of a stopped server are in TIME_WAIT`;
    expect(status).toBe('failed');
    // a second may pass between two reads of the clock on a busy machine
    expect(output[0]).toMatch(new RegExp(`^waiting for ${reason} \\([0-3] s of at most 4 s\\)$`));
    expect(shown[0]).toBe(output[0]);
    expect(output.at(-1)).toMatch(new RegExp(`^still taken after \\d+ s: ${reason}$`));
    expect(isStarted()).toBe(false);
  });

  it('does not wait for TIME_WAIT on a port that is bound with SO_REUSEADDR', async () => {
    const port = await portInTimeWait();
    const { status, message } = await started({ exclusive: [], reused: [port], waitMs: 2_000 });
    expect([status, message, isStarted()]).toEqual(['changed', 'done', true]);
  });

  it('starts once the last connection is gone, and reports how long that took', async () => {
    const { port, client, server } = await connected();
    server.close();
    const starting = started({ exclusive: [port], reused: [], waitMs: 30_000 });
    setTimeout(() => client.resetAndDestroy(), 1_500);
    const { status, message, output } = await starting;
    const reason = `port ${port}: in use by a connection of process ${process.pid} \\(.+\\)`;
    expect(output[0]).toMatch(new RegExp(`^waiting for ${reason} \\(\\d s of at most 30 s\\)$`));
    expect(message).toMatch(new RegExp(`^waited \\d+ s for ${reason}$`));
    expect([status, isStarted()]).toEqual(['changed', true]);
  });
});

describe('a request to a server of a host', () => {
  it('leaves no TIME_WAIT on the port of the server', async () => {
    const server = createHttp((_, response) => response.end('ok'));
    const port = await listening(server);
    const { body } = await request(new LocalHost('here'), { port, path: '/health', timeoutMs: 5_000 });
    await new Promise((resolve) => server.close(resolve));
    expect([body, inTimeWait(port)]).toEqual(['ok', false]);
  });

  it('would, if it asked the server to close', async () => {
    const server = createHttp((_, response) => response.end('ok'));
    const port = await listening(server);
    const client = connect(port, '127.0.0.1').resume();
    client.write('GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => client.once('close', resolve));
    await new Promise((resolve) => server.close(resolve));
    expect(inTimeWait(port)).toBe(true);
  });
});

function inTimeWait(port: number): boolean {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/net/${name}`, 'utf8')).join('\n');
  return sockets
    .split('\n')
    .some((line) => new RegExp(`^\\s*\\d+: [0-9A-F]+:${local} [0-9A-F]+:[0-9A-F]+ 06 `).test(line));
}

/** The side that listened closed first. */
async function portInTimeWait(): Promise<number> {
  const server = createServer((socket) => socket.end());
  const port = await listening(server);
  await new Promise((resolve) => connect(port, '127.0.0.1').resume().once('close', resolve));
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function connected(): Promise<{ port: number; client: Socket; server: Server }> {
  const server = createServer();
  const port = await listening(server);
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  (await accepted).on('error', () => {});
  return { port, client, server };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function started(ports: BoundPorts): Promise<StepResult> {
  const step: Step = {
    id: 'run_server/p0/spawn',
    tag: 'run_server',
    node: 'p0',
    host: 'here',
    title: 'start',
    because: 'test',
    needs: [],
    after: [],
    guard: null,
    action: {
      kind: 'spawn',
      argv: ['true'],
      in: 'c',
      env: {},
      log: join(folder, 'server.log'),
      runFolder: join(folder, 'run'),
      identity: { node: 'c/p0', generation: 'g' },
      ports,
    },
    deadlineMs: 60_000,
    disruptive: false,
  };
  const [result] = await runPlan(
    { cluster: 'c', digest: 'd', generation: 'g', steps: [step] },
    {
      open: async () => new LocalHost('here'),
      emit: (event) => event.kind === 'step-progress' && shown.push(event.text),
      journal: { begin: async () => {}, end: async () => {} },
      signal: new AbortController().signal,
      nowMs: () => performance.now(),
      forks: 1,
      policy: { onFailure: 'stop', maxFail: 0 },
    },
  );
  if (!result) throw new Error('no result');
  return result;
}
