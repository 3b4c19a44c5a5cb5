import { describe, expect, it } from 'vitest';
import { assumedDialect } from '../../src/engines/omni/dialect/knownDialects.ts';
import type { DialectFacts, Facts, ReachedHost } from '../../src/facts/facts.ts';
import { buildClusterView, planInput } from '../../src/operations/cluster/clusterView.ts';
import { findProblems } from '../../src/plan/findings/findProblems.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { readDialect } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment();
const { facts: FACTS } = clusterOf(DEPLOYMENT, false);
const ASSUMED = 'start scripts are written for OmniInfer v0.3 (3faa5df7)';

type Changed = (host: ReachedHost) => ReachedHost;

function findings(changed: Changed, deployment = DEPLOYMENT) {
  const facts: Facts = Object.fromEntries(
    Object.entries(FACTS).map(([address, host]) => [address, host.reachable ? changed(host) : host]),
  );
  const found = findProblems(planInput(buildClusterView(deployment, NO_INPUTS, facts)));
  return found.filter(({ code }) => code === 'engine-absent' || code === 'dialect-assumed');
}

const withDialect =
  (dialect: DialectFacts): Changed =>
  (host) => ({ ...host, dialect });

const withoutDialect: Changed = ({ dialect: _, ...host }) => host;

const withoutImage: Changed = (host) => withoutDialect({ ...host, docker: { ...host.docker, images: {} } });

const unreadable = (problem: string): DialectFacts => ({
  from: 'sha256:image',
  state: 'unreadable',
  problem,
  accepts: null,
});

describe('findings on what an image accepts', () => {
  it('do not appear where it was read', () => {
    expect(findings((host) => host)).toEqual([]);
  });

  it('warn once that scripts are written for a known version when the image could not be read', () => {
    expect(findings(withDialect(unreadable('exec: "sh": not found')))).toEqual([
      {
        code: 'dialect-assumed',
        severity: 'warning',
        host: '10.0.0.1',
        message: `what image repo/omniinfer:1 accepts could not be read (exec: "sh": not found); ${ASSUMED}`,
        hint: null,
      },
    ]);
  });

  it('warn where no host has the image yet, and where a file of facts does not contain it', () => {
    expect(findings(withoutImage)).toEqual([
      expect.objectContaining({
        message: `no host has image repo/omniinfer:1 yet, so what it accepts is not known; ${ASSUMED}`,
        hint: 'serve again once the image is there: it is read then',
      }),
    ]);
    expect(findings(withoutDialect)).toEqual([
      expect.objectContaining({
        message: `these facts do not contain what image repo/omniinfer:1 accepts; ${ASSUMED}`,
      }),
    ]);
  });

  it('do not appear for a host without the image when another host has shown it', () => {
    const others: Changed = (host) => (host.address === '10.0.0.1' ? host : withoutImage(host));
    expect(findings(others)).toEqual([]);
  });

  it('warn about facts that are not in the form of the engine', () => {
    const dialect: DialectFacts = { from: 'sha256:image', state: 'read', problem: null, accepts: { flags: 7 } };
    expect(findings(withDialect(dialect))).toEqual([
      expect.objectContaining({
        message: `what image repo/omniinfer:1 accepts could not be read (not in a form of this version); ${ASSUMED}`,
      }),
    ]);
  });

  it('refuse an image and synced code without the engine', () => {
    const absent: DialectFacts = {
      from: 'sha256:0123456789abcdef',
      state: 'absent',
      problem: '/workspace/omniinfer/tools/scripts/pd_run.sh does not exist',
      accepts: null,
    };
    const [inImage] = findings(withDialect(absent));
    expect(inImage).toEqual({
      code: 'engine-absent',
      severity: 'error',
      host: '10.0.0.1',
      message:
        'image repo/omniinfer:1 (0123456789ab) does not contain the engine omni: /workspace/omniinfer/tools/scripts/pd_run.sh does not exist',
      hint: 'set services.docker_image to an image of omni',
    });
    const [inCode] = findings(withDialect({ ...absent, from: 'code' }), fakeDeployment({ codePath: '/data/code' }));
    expect(inCode).toMatchObject({
      message:
        '/data/code/omniinfer does not contain the engine omni: /workspace/omniinfer/tools/scripts/pd_run.sh does not exist where it is mounted',
      hint: 'check services.code_path',
    });
  });

  it('are errors where the version that was read cannot be given what the file sets', () => {
    const settings = {
      env: { HCCL_EXEC_TIMEOUT: '1800' },
      extraConfig: { model_parallel_config: { attn_sp_size: 2 } },
    };
    const deployment = fakeDeployment({ decode: [{ hosts: ['10.0.0.2'], settings }] });
    const dialect = readDialect(assumedDialect('v0.3').dialect);
    const facts: Facts = Object.fromEntries(
      Object.entries(FACTS).map(([address, host]) => [address, { ...host, dialect }]),
    );
    const found = findProblems(planInput(buildClusterView(deployment, NO_INPUTS, facts))).filter(
      ({ code }) => code === 'engine-refuses',
    );
    expect(found.map(({ host, message }) => `${host} ${message}`)).toEqual([
      '10.0.0.2 deployment.decode.group1.env.HCCL_EXEC_TIMEOUT: pd_run.sh of OmniInfer 0.3.0 sets HCCL_EXEC_TIMEOUT itself, to "120", and has no flag for it.',
      '10.0.0.2 deployment.decode.group1.extra_config.model_parallel_config.attn_sp_size: OmniInfer 0.3.0 has no `attn_sp_size` in model_parallel_config, and does not start with it.',
    ]);
  });
});
