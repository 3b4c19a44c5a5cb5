import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { ProbeRequest, ReachedHost } from '../../src/facts/facts.ts';
import { probeHost } from '../../src/facts/probe.ts';
import { LocalHost } from '../fakes/localHost.ts';

/** A probe of this machine by its own shell, with tools of the test's in front of the PATH. */
export interface Probing {
  /** Absent before the first test. */
  readonly folder: () => string;
  readonly fake: (program: string, script: string) => void;
  readonly probe: (request: Partial<ProbeRequest>, hurry?: boolean) => Promise<ReachedHost>;
}

export function probing(): Probing {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'omniplace-accelerator-'));
    mkdirSync(join(folder, 'bin'));
    vi.stubEnv('PATH', `${folder}/bin:${process.env.PATH}`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder: () => folder,
    fake: (program, script) => {
      writeFileSync(join(folder, 'bin', program), `#!/bin/sh\n${script}`);
      chmodSync(join(folder, 'bin', program), 0o755);
    },
    probe: async (request, hurry = false) => {
      const facts = await probeHost(new LocalHost('here'), { ...NOTHING, ...request }, { hurry });
      if (!facts.reachable) throw new Error(facts.reason);
      return facts;
    },
  };
}

const NOTHING: ProbeRequest = {
  address: '127.0.0.1',
  cluster: 'lab',
  accelerator: 'none',
  images: [],
  paths: [],
  digests: [],
  texts: [],
  freeOf: [],
  dumps: null,
  code: null,
  dies: [],
  ports: [],
};
