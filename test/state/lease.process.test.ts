import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeldLease } from '../../src/state/heldLease.ts';
import { LeaseLost } from '../../src/state/leaseErrors.ts';
import { parseLease } from '../../src/state/leaseFile.ts';
import { compareAddresses, takeLease } from '../../src/state/takeLease.ts';
import { isProvablyDead, thisProcess } from '../../src/state/thisProcess.ts';
import { FOLDER, fakeClock, LeaseHosts, lease, leaseRequest, wish } from '../fakes/leaseHosts.ts';

const HOSTS = ['10.0.0.10', '10.0.0.9', '10.0.0.11'];
const NEVER = new AbortController().signal;
let hosts: LeaseHosts;
beforeEach(() => {
  hosts = new LeaseHosts();
});
afterEach(() => hosts.remove());

const idOn = (address: string) => parseLease(hosts.text(address, 'lease'))?.id ?? null;
const take = (over = {}, clock = fakeClock()) => takeLease(hosts.open, leaseRequest(HOSTS, over), clock, NEVER);

describe('a lease', () => {
  it('is taken on every host, the lowest address first, and says whose it is', async () => {
    const tokens = await take();
    expect([...tokens].sort()).toEqual([
      ['10.0.0.10', 1],
      ['10.0.0.11', 1],
      ['10.0.0.9', 1],
    ]);
    expect(hosts.log[0]).toMatch(/^10\.0\.0\.9: /);
    expect(parseLease(hosts.text('10.0.0.10', 'lease'))).toEqual({ ...wish(), seq: 1, token: 1 });
    expect(hosts.text('10.0.0.10', 'run')).toBe('{"run":"r1","generation":"g","state":"running"}\n');
  });

  it('is refused to others while its owner raises the sequence, and nothing of theirs stays behind', async () => {
    hosts.put('10.0.0.9', 'lease', lease());
    const clock = fakeClock((nowMs) => {
      if (nowMs >= 9_000) hosts.put('10.0.0.9', 'lease', lease({ seq: 8 }));
    });
    await expect(take({}, clock)).rejects.toMatchObject({
      code: 'locked',
      exitCode: 5,
      message:
        'r1 is locked by bob@build2 (serve, run r1, process 1 of build2, since 2026-11-21 22:58:23 UTC): it lives (9.0 s ago it was at 7, now at 8)',
      hint: 'Wait for it, or look: omniplace lock status cluster.yml',
    });
    expect([idOn('10.0.0.10'), hosts.text('10.0.0.10', 'run')]).toEqual([null, null]);
  });

  it('is given back where it was taken when a later host refuses, and the last run is again what it was', async () => {
    hosts.put('10.0.0.9', 'run', '{"run":"r0","generation":"g"}');
    hosts.put('10.0.0.9', 'code', '');
    hosts.put('10.0.0.11', 'lease', lease());
    const clock = fakeClock((nowMs) => hosts.put('10.0.0.11', 'lease', lease({ seq: 8 + nowMs })));
    const request = leaseRequest(HOSTS, {
      hosts: HOSTS.map((address) => ({
        address,
        plannedRun: address === '10.0.0.9' ? '{"run":"r0","generation":"g"}' : '',
      })),
    });
    await expect(takeLease(hosts.open, request, clock, NEVER)).rejects.toThrow(/^r1 is locked by bob@build2/);
    expect(HOSTS.map(idOn)).toEqual([null, null, 'theirs']);
    expect(hosts.text('10.0.0.9', 'run')).toBe('{"run":"r0","generation":"g"}\n');
  });

  it('is taken over with the next token when the sequence stands still for its ttl by our own clock', async () => {
    for (const address of HOSTS) hosts.put(address, 'lease', lease({ ttl: 12 }));
    const clock = fakeClock();
    const tokens = await take({}, clock);
    expect([...tokens.values()]).toEqual([5, 5, 5]);
    expect(HOSTS.map(idOn)).toEqual(['ours', 'ours', 'ours']);
    expect(clock.now).toBe(12_000);
  });

  it('limits the ttl to 600 s, so that a dead owner never locks a cluster for good', () => {
    const ttlOf = (ttl: number) => parseLease(lease({ ttl }))?.ttl ?? null;
    expect([30, 600, 601, 1e12].map(ttlOf)).toEqual([30, 600, 600, 600]);
    expect([0, -1].map(ttlOf)).toEqual([null, null]);
  });

  it('is not taken over from one that moved between the last look and the taking', async () => {
    hosts.put('10.0.0.9', 'lease', lease({ ttl: 2 }));
    let looks = 0;
    const clock = fakeClock();
    const open: typeof hosts.open = async (address) => {
      const host = await hosts.open(address);
      const run = host.run.bind(host);
      return Object.assign(Object.create(host), {
        run: (script: string, options: object) => {
          // the fourth is the claim: it was at 7 when it was looked at
          if (address === '10.0.0.9' && script.includes('\ntake ')) {
            looks += 1;
            if (looks === 2) hosts.put('10.0.0.9', 'lease', lease({ seq: 8, ttl: 2 }));
            if (looks === 3) hosts.put('10.0.0.9', 'lease', lease({ seq: 9, ttl: 2 }));
          }
          if (looks === 3 && !script.includes('\ntake ')) hosts.put('10.0.0.9', 'lease', lease({ seq: 10, ttl: 2 }));
          return run(script, options);
        },
      });
    };
    await expect(takeLease(open, leaseRequest(HOSTS), clock, NEVER)).rejects.toThrow(/now at 10/);
    expect(idOn('10.0.0.9')).toBe('theirs');
  });

  it('is taken over at once from a process of this machine that is no more', async () => {
    const child = spawn('sleep', ['60']);
    const { boot } = thisProcess();
    const stat = await import('node:fs').then((fs) => fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8'));
    const started = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const theirs = { pid: child.pid!, boot, started };
    expect(isProvablyDead(theirs)).toBe(false);
    // another that was given its pid is not it; and what another machine says proves nothing
    expect(isProvablyDead({ ...theirs, started: started - 1 })).toBe(true);
    expect(isProvablyDead({ ...theirs, started: started - 1, boot: 'another' })).toBe(false);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    for (const address of HOSTS) hosts.put(address, 'lease', lease(theirs));
    const clock = fakeClock();
    expect([...(await take({}, clock)).values()]).toEqual([5, 5, 5]);
    expect(clock.now).toBe(0);
  });

  it('is refused when another run changed a host since it was probed', async () => {
    hosts.put('10.0.0.11', 'run', '{"run":"r7","command":"stop","owner":"bob@build2","state":"done","generation":"g"}');
    await expect(take()).rejects.toMatchObject({
      code: 'hosts_changed',
      message:
        '10.0.0.11 was changed by run r7 (stop by bob@build2, done) while this one was planned; nothing was touched.',
    });
    expect(HOSTS.map(idOn)).toEqual([null, null, null]);
  });

  it.each(['', '{"id":"the', '{"id":"theirs","seq":1}\n', '\0\0\0\0', '[]'])(
    "is nobody's where its file is torn: %j",
    async (torn) => {
      for (const address of HOSTS) hosts.put(address, 'lease', torn);
      await take();
      expect(HOSTS.map(idOn)).toEqual(['ours', 'ours', 'ours']);
    },
  );

  it('is had by exactly one of eight that want it at once, whatever the order', async () => {
    const wanting = Array.from({ length: 8 }, (_, i) => {
      const mine = wish({ id: `id${i}`, owner: `user${i}@build`, ttl: 600 });
      return takeLease(hosts.open, leaseRequest(HOSTS, { wish: mine }), fakeClock(beatAll), NEVER).then(
        () => `id${i}`,
        (error: Error) => error.name,
      );
    });
    const ended = await Promise.all(wanting);
    const winners = ended.filter((name) => name.startsWith('id'));
    expect(winners).toHaveLength(1);
    expect(ended.filter((name) => name === 'LeaseHeld')).toHaveLength(7);
    expect(HOSTS.map(idOn)).toEqual([winners[0], winners[0], winners[0]]);
  });

  // the winner of the test above, to those who watch it
  function beatAll(): void {
    for (const address of HOSTS) {
      const held = parseLease(hosts.text(address, 'lease'));
      if (held !== null) hosts.put(address, 'lease', `${JSON.stringify({ ...held, seq: held.seq + 1 })}\n`);
    }
  }

  it('says which host can not take it, and why', async () => {
    hosts.put('10.0.0.11', '.lease', '');
    const blocked = fakeOpen('10.0.0.11', 'command() { return 1; }\n');
    await expect(takeLease(blocked, leaseRequest(HOSTS), fakeClock(), NEVER)).rejects.toMatchObject({
      code: 'no_lease',
      message: 'The lease could not be taken on 10.0.0.11: there is no flock on this host (package util-linux)',
    });
    expect(HOSTS.map(idOn)).toEqual([null, null, null]);
  });

  function fakeOpen(address: string, before: string): typeof hosts.open {
    return async (wanted) => {
      const host = await hosts.open(wanted);
      if (wanted !== address) return host;
      return Object.assign(Object.create(host), {
        run: (script: string, options: object) => host.run(`${before}${script}`, options),
      });
    };
  }
});

describe('who holds a lease', () => {
  it('raises its sequence, and leaves nothing when it gives it back to a folder of its own', async () => {
    const request = leaseRequest(HOSTS);
    const held = new HeldLease(hosts.open, request, await takeLease(hosts.open, request, fakeClock(), NEVER));
    hosts.put('10.0.0.9', 'code', '');
    held.beat();
    expect(await held.release('{"run":"r1","state":"done"}')).toEqual([]);
    expect(hosts.log.filter((line) => line.includes(': beat '))).toHaveLength(3);
    expect(HOSTS.map((address) => [idOn(address), hosts.text(address, 'run')])).toEqual([
      [null, null],
      [null, '{"run":"r1","state":"done"}\n'],
      [null, null],
    ]);
  });

  it("does nothing any more on a host whose lease is another's, and knows by whom", async () => {
    const request = leaseRequest(HOSTS);
    const held = new HeldLease(hosts.open, request, await takeLease(hosts.open, request, fakeClock(), NEVER));
    const host = await held.open('10.0.0.10');
    expect((await host.run('echo worked')).stdout).toBe('worked\n');
    const next = wish({ id: 'theirs', owner: 'bob@build2', run: 'r2' });
    await takeLease(
      hosts.open,
      { ...request, wish: next, hosts: HOSTS.map((address) => ({ address, plannedRun: request.run })) },
      fakeClock(),
      NEVER,
    );
    const lost = await host.run(`touch ${FOLDER}/wrong`).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(LeaseLost);
    expect((lost as Error).message).toBe(
      'the lease of this run was taken over on 10.0.0.10 by bob@build2 (serve, run r2, process 1 of build1, since 2026-11-21 22:58:23 UTC)',
    );
    expect(hosts.text('10.0.0.10', 'wrong')).toBe(null);
    expect(held.lostSignal.aborted).toBe(true);
    await held.release('{"run":"r1","state":"failed"}');
    expect(HOSTS.map(idOn)).toEqual(['theirs', 'theirs', 'theirs']);
  });

  it('learns at its next beat that it lost it', async () => {
    const request = leaseRequest(HOSTS);
    const held = new HeldLease(hosts.open, request, await takeLease(hosts.open, request, fakeClock(), NEVER));
    hosts.put('10.0.0.11', 'lease', lease());
    held.beat();
    await held.release('');
    expect(held.lost?.message).toMatch(/^the lease of this run was taken over on 10\.0\.0\.11 by bob@build2 /);
  });

  it('is ended where it still works when it is taken over', async () => {
    const request = leaseRequest(['10.0.0.9']);
    const held = new HeldLease(hosts.open, request, await takeLease(hosts.open, request, fakeClock(), NEVER));
    const host = await held.open('10.0.0.9');
    const folder = mkdtempSync(join(tmpdir(), 'omniplace-begun-'));
    const begun = join(folder, 'begun');
    const working = host.run(`touch ${begun}; OMNIPLACE_LEASH=omniplace-test-1 exec sleep 60`);
    const theirs = {
      ...request,
      wish: wish({ id: 'theirs' }),
      hosts: [{ address: '10.0.0.9', plannedRun: request.run }],
    };
    await expect.poll(() => existsSync(begun)).toBe(true);
    await takeLease(hosts.open, theirs, fakeClock(), NEVER);
    expect((await working).code).toBe(null);
    rmSync(folder, { recursive: true });
  });
});

describe('addresses', () => {
  it('are compared as numbers', () => {
    expect(['10.0.0.10', '10.0.0.9', '9.0.0.1'].sort(compareAddresses)).toEqual(['9.0.0.1', '10.0.0.9', '10.0.0.10']);
  });
});
