import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_DIALECT } from '../../src/lab/engines/omni/dialects/dialect.ts';
import { omniImage } from '../../src/lab/image/contents.ts';
import { labImage } from '../../src/lab/image/labImage.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { writeImageArchive } from '../fakes/imageArchive.ts';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';

const rig = new LabRig('e2eimage');

describe('hosts that lack the image', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    const up = await rig.omniplace('lab', 'up', '--name', rig.name, '--hosts', '2', '--no-image');
    expect([up.code, up.stderr]).toEqual([0, expect.any(String)]);
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  it('are told of as a warning, and refuse to start when it can neither be loaded nor pulled', async () => {
    const ran = await rig.omniplace('serve', rig.inventory('1p1d'), '--yes', '-v');
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('image omniplace/lab:1 is not on the host; it will be pulled');
    expect(ran.stderr).toMatch(/pull image omniplace\/lab:1: failed: .* \(exit code 1\)/);
  });

  it('load it from the archive, whole hosts at once, and serve', async () => {
    const archive = join(rig.folder, 'image.tar.gz');
    await writeImageArchive(await labImage(omniImage(DEFAULT_DIALECT), () => {}), archive);
    const file = rig.inventory('1p1d', (text) =>
      text.replace(/^services:\n/m, `services:\n  docker_image_archive: ${archive}\n`),
    );
    const summary = (await rig.omniplace('serve', file, '--yes', '--json')).json<RunSummary>();
    expect(
      summary.results
        .filter((result) => result.status === 'failed')
        .map((result) => [result.step, result.message, result.output]),
    ).toEqual([]);
    expect(
      summary.results
        .filter((result) => result.step.endsWith('/image'))
        .map((result) => [result.step, result.status, result.message]),
    ).toEqual([
      ['run_docker/p0/image', 'changed', 'loaded'],
      ['run_docker/d0/image', 'changed', 'loaded'],
    ]);
    expect(Object.values(summary.traffic).every(({ bytesSent }) => bytesSent > statSync(archive).size)).toBe(true);
    const again = (await rig.omniplace('serve', file, '--json')).json<RunSummary>();
    expect(again.changed).toBe(0);
  });
});
