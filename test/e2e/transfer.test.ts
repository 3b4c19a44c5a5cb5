import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/runner/event.ts';
import { finished, LabRig, NO_LAB, type Ran } from '../fakes/lab.ts';
import { seededBytes } from '../fakes/seededBytes.ts';
import { unless } from '../fakes/unless.ts';

const rig = new LabRig('e2etransfer');
const MIB = 1024 * 1024;
const WEIGHTS = 24 * MIB;
const MODEL = '/data/models/pushed';

describe('a model on its way', unless(NO_LAB), () => {
  let file: string;
  beforeAll(async () => {
    await rig.down();
    const up = await rig.omniplace('lab', 'up', '--name', rig.name, '--hosts', '2', '--no-image');
    expect([up.code, up.stderr]).toEqual([0, expect.any(String)]);
    const model = join(rig.folder, 'model');
    mkdirSync(model);
    writeFileSync(join(model, 'config.json'), '{}');
    writeFileSync(join(model, 'weights.safetensors'), seededBytes(WEIGHTS));
    file = rig.inventory('1p1d', (text) =>
      text
        .replace(/^services:\n/m, `services:\n  model_source: ${model}\n`)
        .replace(/model_path: .*/, `model_path: ${MODEL}`),
    );
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  const push = (...flags: string[]) => rig.start('serve', file, '--only', 'push_model', '--json', ...flags);
  const statuses = (ran: Ran) => ran.json<RunSummary>().results.map(({ step, status }) => [step, status]);
  /** Bytes of the unfinished file on a host. */
  const gathered = async (host: number) =>
    Number((await rig.ssh(host, `stat -c %s ${MODEL}/.*.omniplace-part 2>/dev/null`)).stdout.trim() || 0);
  const quarter = async (host: number, running: Promise<Ran>) => {
    let isOver = false;
    void running.then(() => {
      isOver = true;
    });
    while ((await gathered(host)) < WEIGHTS / 4 && !isOver) await sleep(100);
    expect(isOver).toBe(false);
  };

  it('is not held back by a host that falls silent, which is named, and where it goes on later', async () => {
    const running = finished(push('--limit-rate', '3M'));
    await quarter(2, running);
    await rig.fault('blackhole', 2);
    const ran = await running;
    expect(statuses(ran)).toEqual([
      ['push_model/p0/push', 'changed'],
      ['push_model/d0/push', 'unreachable'],
    ]);
    expect(ran.code).toBe(4);
    const lost = ran.json<RunSummary>().results[1]!;
    expect(lost.message).toMatch(/^can't reach \S+ port 22 as root: no answer within 10 s/);
    // all of it at 3 MiB/s, 12 s of silence, then nobody answers the new connection
    expect(lost.durationMs).toBeLessThan(45_000);
    await rig.fault('unfilter', 2);

    const there = await gathered(2);
    expect(there).toBeGreaterThan(WEIGHTS / 4);
    const again = (await finished(push())).json<RunSummary>();
    expect(again.results.map(({ step, status }) => [step, status])).toEqual([
      ['push_model/p0/push', 'ok'],
      ['push_model/d0/push', 'changed'],
    ]);
    expect(again.traffic[rig.address(2)]!.bytesSent).toBeLessThan(WEIGHTS - there + 2 * MIB);
    expect((await rig.ssh(2, `ls -A ${MODEL}`)).stdout).toBe('config.json\nweights.safetensors\n');
  });

  it('goes on within the run when its session is killed', async () => {
    await rig.ssh(1, `rm -rf ${MODEL}`);
    const running = finished(push('--limit-rate', '3M'));
    await quarter(1, running);
    await rig.fault('killsess', 1);
    const ran = await running;
    expect(ran.code).toBe(0);
    expect((await rig.ssh(1, `cd ${MODEL} && sha256sum weights.safetensors`)).stdout).toBe(
      (await rig.ssh(2, `cd ${MODEL} && sha256sum weights.safetensors`)).stdout,
    );
  });
});
