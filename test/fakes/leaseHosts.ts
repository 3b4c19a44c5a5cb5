import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lease, LeaseWish } from '../../src/state/leaseFile.ts';
import { leaseText } from '../../src/state/leaseFile.ts';
import type { LeaseClock, LeaseRequest } from '../../src/state/takeLease.ts';
import type { OpenHost, RunOptions, RunResult } from '../../src/transport/host.ts';
import { FakeHost } from './fakeHost.ts';

/** Where scripts believe the cluster's folder to be; each host has one of its own. */
export const FOLDER = '/omniplace-fake-state/r1';

/** Hosts that share this machine's `sh` and keep their state apart. */
export class LeaseHosts {
  readonly #root = mkdtempSync(join(tmpdir(), 'omniplace-lease-'));
  readonly #hosts = new Map<string, KeptApart>();
  /** Every script, as `address: its last line`. */
  readonly log: string[] = [];

  readonly open: OpenHost = async (address) => {
    const host = this.#hosts.get(address) ?? new KeptApart(address, this.folder(address), this.log);
    this.#hosts.set(address, host);
    return host;
  };

  folder(address: string): string {
    const folder = join(this.#root, address);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  put(address: string, name: string, text: string): void {
    mkdirSync(this.folder(address), { recursive: true });
    // as the real ones do: nobody may see half of it
    const partial = join(this.folder(address), `.${name}.put`);
    writeFileSync(partial, text);
    renameSync(partial, join(this.folder(address), name));
  }

  text(address: string, name: string): string | null {
    const path = join(this.#root, address, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

class KeptApart extends FakeHost {
  constructor(
    address: string,
    private readonly folder: string,
    private readonly log: string[],
  ) {
    super(address);
  }

  override run(script: string, options?: RunOptions): Promise<RunResult> {
    this.log.push(`${this.address}: ${script.trimEnd().split('\n').at(-1)}`);
    return super.run(script.replaceAll(FOLDER, this.folder), options);
  }
}

/** Time that passes only when somebody waits; `during` is called at each wait. */
export function fakeClock(during: (nowMs: number) => void | Promise<void> = () => {}): LeaseClock & { now: number } {
  const clock = {
    now: 0,
    nowMs: () => clock.now,
    pause: async (ms: number) => {
      clock.now += ms;
      await during(clock.now);
    },
    random: () => 0.5,
  };
  return clock;
}

export function wish(over: Partial<LeaseWish> = {}): LeaseWish {
  return {
    id: 'ours',
    owner: 'ann@build1',
    host: 'build1',
    pid: 1,
    boot: null,
    started: null,
    run: 'r1',
    command: 'serve',
    since: '2026-11-21T22:58:23.000Z',
    ttl: 30,
    ...over,
  };
}

export function lease(over: Partial<Lease> = {}): string {
  return `${leaseText({ ...wish({ id: 'theirs', owner: 'bob@build2', host: 'build2' }), seq: 7, token: 4, ...over })}\n`;
}

export function leaseRequest(addresses: readonly string[], over: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    wish: wish(),
    cluster: 'r1',
    file: 'cluster.yml',
    folder: FOLDER,
    hosts: addresses.map((address) => ({ address, plannedRun: '' })),
    run: '{"run":"r1","generation":"g","state":"running"}',
    ...over,
  };
}
