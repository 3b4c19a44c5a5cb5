import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/deployment/deployment.ts';
import { keyChanges } from '../../src/deployment/keyChanges.ts';
import { fieldAt } from '../../src/deployment/schema.ts';
import { ASKED_FOR_TAGS, TAGS } from '../../src/plan/tags.ts';
import { ARGUMENTS } from '../fakes/deployment.ts';
import { parse, SOUND, withPart } from './sample.ts';

// omni_cli's own omni_infer_deployment.yml, as its installation guide prints it
const OMNI_CLI = `deployment:
  prefill:
    group1:
      user: "root"
      hosts: "127.0.0.1"
      master_port: "8080"
      base_api_port: "9000"
      private_key: "/workspace/pem/keypair.pem"
      ascend_rt_visible_devices: "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"

    group2:
      user: "root"
      hosts: "127.0.0.2"
      master_port: "8080"
      base_api_port: "9000"
      private_key: "/workspace/pem/keypair.pem"
      ascend_rt_visible_devices: "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"

  decode:
    group1:
      user: "root"
      hosts: "127.0.0.5,127.0.0.6"    # first IP = master decode
      master_port: "8080"
      base_api_port: "9000"
      private_key: "/workspace/pem/keypair.pem"
      ascend_rt_visible_devices: "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
      host 127.0.0.6:
        user: "bob"
        base_api_port: "9100"
        password: "hunter2"

  proxy:
    user: "root"
    host: "127.0.0.1"
    listen_port: "8080"
    private_key: "/workspace/pem/keypair.pem"

services:
  log_path: "/data/omniinfer/log"
  model_path: "/data/models/DeepSeek-R1-w8a8-fusion"
  code_path: "/data/code_path"
  http_proxy: ""
  docker_image: "REPOSITORY:TAG"

  prefill:
    max_model_len: "30000"

  decode:
    max_model_len: "16384"
`;

describe('a file of omni_cli', () => {
  const parsed = parse(OMNI_CLI);
  const deployment = parsed.deployment as Deployment;

  it('works unchanged', () => {
    expect(parsed.faults.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning plain_password']);
    expect(deployment.prefill.map((group) => group.hosts.map((host) => host.address))).toEqual([
      ['127.0.0.1'],
      ['127.0.0.2'],
    ]);
    expect(deployment.prefill[1]).toMatchObject({ name: 'group2', role: 'prefill', ordinal: 1 });
    expect(deployment.prefill[0]?.hosts[0]).toMatchObject({
      masterPort: 8080,
      baseApiPort: 9000,
      dies: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
      login: { user: 'root', port: 22, privateKey: '/workspace/pem/keypair.pem', password: null, agent: false },
    });
    expect(deployment.prefill[0]?.settings.maxModelLen).toBe(30_000);
    expect(deployment.decode[0]?.settings.maxModelLen).toBe(16_384);
    expect(deployment.proxy).toMatchObject({ host: '127.0.0.1', listenPort: 8080 });
    expect(deployment).toMatchObject({
      image: 'REPOSITORY:TAG',
      modelPath: '/data/models/DeepSeek-R1-w8a8-fusion',
      engineSettings: { codePath: '/data/code_path' },
      logPath: '/data/omniinfer/log',
      httpProxy: null,
    });
  });

  it('may say something else of one host', () => {
    const [master, worker] = deployment.decode[0]!.hosts;
    expect(master).toMatchObject({ baseApiPort: 9000, login: { user: 'root', password: null } });
    expect(worker).toMatchObject({ baseApiPort: 9100, masterPort: 8080, login: { user: 'bob' } });
    expect(worker?.login.password?.from).toBe('plain');
  });
});

describe('what the schema says by default', () => {
  it('fills every value in', () => {
    const { deployment } = parse(SOUND);
    expect(deployment).toMatchObject({
      file: 'c.yml',
      directory: '/srv/dir',
      name: 'c',
      engine: 'omni',
      engineSettings: { generation: null, codePath: null, wheels: [], buildHost: null },
      accelerator: 'ascend',
      imageArchive: null,
      modelSource: null,
      model: { moeLayers: null, experts: null, topK: null, firstDenseLayers: null },
      servedModelName: 'deepseek',
      logPath: '/var/log/omniplace',
      statePath: '/var/lib/omniplace',
      container: { namePrefix: 'omniplace', mounts: [], devices: [], shmSize: '500g', flags: [] },
      ssh: { hostKeys: 'strict', knownHosts: '/home/me/.ssh/known_hosts', become: null, connectTimeoutMs: 10_000 },
      ready: { prefillMs: 2_700_000, decodeMs: 2_700_000, noProgressMs: 600_000 },
      failure: { onFailure: 'stop', maxFail: 0, anyErrorsFatal: null },
      proxy: {
        engineSettings: {
          prefillLbSdk: 'pd_score_balance',
          decodeLbSdk: 'pd_score_balance',
          coreNum: 4,
          startCoreIndex: 16,
        },
      },
    });
    const prefill = {
      maxModelLen: 32_000,
      maxNumSeqs: 16,
      maxNumBatchedTokens: 30_000,
      gpuUtil: 0.92,
      extraArgs: [],
      env: {},
      unsetEnv: [],
      engineSettings: {
        modelPath: null,
        tp: null,
        pp: 1,
        ppLayerPartition: null,
        numServers: null,
        numSpeculativeTokens: 1,
        enforceEager: true,
        enableExpertParallel: true,
        enablePrefixCaching: false,
        disableLogRequests: true,
        blockSize: 128,
        distributedExecutorBackend: null,
        rayPort: null,
        rayMinWorkerPort: null,
        rayMaxWorkerPort: null,
        zmqPort: null,
        arguments: ARGUMENTS,
        procBind: false,
        kvTransferConfig: {},
        prependEnv: {},
        extraConfig: {},
        additionalConfig: {},
        placement: {
          enabled: true,
          patternPath: null,
          imagePatternPath: null,
          maxMoeLayerNum: null,
          enableDynamic: false,
          maxRedundantPerExpert: 1,
          maxRedundantPerRank: 0,
          enableRankRoundRobin: true,
          enableDump: false,
          dumpDir: null,
        },
      },
    };
    expect(deployment?.prefill[0]?.settings).toEqual(prefill);
    expect(deployment?.decode[0]?.settings).toEqual({
      ...prefill,
      maxModelLen: 16_384,
      maxNumSeqs: 32,
      maxNumBatchedTokens: null,
      engineSettings: { ...prefill.engineSettings, enforceEager: false },
    });
  });

  it('takes null for a variable that is not to be set', () => {
    const { deployment } = parse(`${SOUND}  decode: {env: {A: 1, HCCL_BUFFSIZE: null}, max_num_seqs: null}\n`);
    expect(deployment?.decode[0]?.settings).toMatchObject({
      env: { A: '1' },
      unsetEnv: ['HCCL_BUFFSIZE'],
      maxNumSeqs: null,
    });
  });
});

describe('precedence', () => {
  /** `max_num_seqs` of decode on its two hosts, from what each place says. */
  function maxNumSeqs(
    places: { services?: number; defaults?: number; group?: number; host?: number },
    overrides: string[] = [],
  ) {
    const key = (value: number | undefined) => (value === undefined ? '' : `max_num_seqs: ${value}, `);
    const text = SOUND.replace('defaults: {', `defaults: {${key(places.defaults)}`)
      .replace(
        'group1: {hosts: "10.0.0.2',
        `group1: {host 10.0.0.3: {${key(places.host)}user: x}, ${key(places.group)}hosts: "10.0.0.2`,
      )
      .concat(places.services === undefined ? '' : `  decode: {max_num_seqs: ${places.services}}\n`);
    const { deployment, faults } = parse(text, overrides);
    expect(faults).toEqual([]);
    return deployment?.decode[0]?.hosts.map((host) => host.settings.maxNumSeqs);
  }

  it.each([
    ['the schema', {}, [32, 32]],
    ['services.decode', { services: 1 }, [1, 1]],
    ['deployment.defaults', { services: 1, defaults: 2 }, [2, 2]],
    ['the group', { services: 1, defaults: 2, group: 3 }, [3, 3]],
    ['the host', { services: 1, defaults: 2, group: 3, host: 4 }, [3, 4]],
  ] as const)('ends at %s', (_, places, expected) => {
    expect(maxNumSeqs(places)).toEqual(expected);
  });

  it.each([
    ['services.decode.max_num_seqs=9', [9, 9]],
    ['deployment.defaults.max_num_seqs=9', [9, 9]],
    ['deployment.decode.group1.max_num_seqs=9', [9, 9]],
    ['deployment.decode.group1.host 10.0.0.3.max_num_seqs=9', [3, 9]],
    ['services.prefill.max_num_seqs=9', [3, 4]],
  ] as const)('is won by -e %s', (override, expected) => {
    expect(maxNumSeqs({ services: 1, defaults: 2, group: 3, host: 4 }, [override])).toEqual(expected);
  });

  it('takes the last of several -e', () => {
    const overrides = ['services.name=one', 'services.name=two', 'services.ssh.port=2222'];
    const { deployment } = parse(SOUND, overrides);
    expect(deployment?.name).toBe('two');
    expect(deployment?.prefill[0]?.hosts[0]?.login.port).toBe(2222);
  });

  it('merges maps of settings key by key, and replaces lists', () => {
    const text = `${SOUND}  prefill: {extra_args: [--a], env: {A: 1, B: 1}, placement: {enable_dump: true, dump_dir: /d}, extra_config: {s: {x: 1, y: 1}}}\n`;
    const { deployment } = parse(
      text.replace(
        'group1: {hosts: "10.0.0.1"',
        'group1: {extra_args: [--b], env: {B: 2}, placement: {dump_dir: /e}, extra_config: {s: {y: 2}}, hosts: "10.0.0.1"',
      ),
    );
    expect(deployment?.prefill[0]?.settings).toMatchObject({
      extraArgs: ['--b'],
      env: { A: '1', B: '2' },
      engineSettings: { extraConfig: { s: { x: 1, y: 2 } }, placement: { enableDump: true, dumpDir: '/e' } },
    });
  });

  it('gives the proxy the defaults, and lets ssh_port and jump go before services.ssh', () => {
    const text = withPart('user: root', 'user: ops, ssh_port: 2200').concat('  ssh: {port: 22, jump: a@b}\n');
    const { deployment } = parse(text);
    expect(deployment?.proxy?.login).toMatchObject({
      user: 'ops',
      port: 2200,
      jump: 'a@b',
      privateKey: '/home/me/.ssh/id',
    });
  });
});

describe('values', () => {
  it('may be quoted or not, and hosts and dies lists or texts', () => {
    const withoutSource = ({ source: _, ...deployment }: Deployment) => deployment;
    const quoted = parse(SOUND).deployment;
    const plain = parse(
      SOUND.replace('"10.0.0.2,10.0.0.3"', '[10.0.0.2, 10.0.0.3]')
        .replaceAll('"0,1"', '["0", 1]')
        .replace('master_port: 8000', 'master_port: "8000"'),
    ).deployment;
    expect(withoutSource(plain!)).toEqual(withoutSource(quoted!));
    expect(keyChanges(quoted!.source!.document, plain!.source!.document)).toEqual([]);
  });

  it('take a number as text where text belongs, as it is written', () => {
    const text = `${SOUND}  served_model_name: 1.10\n  prefill: {env: {PORT: 010, ON: true, RATE: 1e3}}\n`;
    const { deployment } = parse(text);
    expect(deployment?.servedModelName).toBe('1.10');
    expect(deployment?.prefill[0]?.settings.env).toEqual({ PORT: '010', ON: 'true', RATE: '1e3' });
  });

  it('of what may fail are numbers or percentages, and phases by their tags', () => {
    const policy = (text: string) => parse(`${SOUND}${text}`).deployment?.failure;
    expect(policy('  max_fail: 2\n')).toEqual({ onFailure: 'stop', maxFail: 2, anyErrorsFatal: null });
    expect(policy('  max_fail: 10%\n  any_errors_fatal: true\n')).toEqual({
      onFailure: 'stop',
      maxFail: { percent: 10 },
      anyErrorsFatal: 'all',
    });
    expect(policy('  on_failure: continue\n  any_errors_fatal: [preflight]\n')).toEqual({
      onFailure: 'continue',
      maxFail: 0,
      anyErrorsFatal: ['preflight'],
    });
    const tags = fieldAt(['services', 'any_errors_fatal'])?.items?.enum;
    expect(tags).toEqual([...TAGS, ...ASKED_FOR_TAGS]);
  });

  it('may come through merge keys, the own ones first', () => {
    const text = SOUND.replace('deployment:\n', 'x-a: &a {max_num_seqs: 5, gpu_util: 0.5}\ndeployment:\n').replace(
      'group1: {hosts: "10.0.0.1"',
      'group1: {<<: *a, gpu_util: 0.6, hosts: "10.0.0.1"',
    );
    expect(parse(text).deployment?.prefill[0]?.settings).toMatchObject({ maxNumSeqs: 5, gpuUtil: 0.6 });
  });

  it('that are local paths start at the folder of the file', () => {
    const text = `${SOUND}  code_path: ../code\n  docker_image_archive: ~/image.tar\n  prefill: {placement: {pattern_path: p/a.npy}}\n`;
    const { deployment } = parse(text);
    expect(deployment).toMatchObject({ engineSettings: { codePath: '/srv/code' }, imageArchive: '/home/me/image.tar' });
    expect(deployment?.prefill[0]?.settings.engineSettings).toMatchObject({
      placement: { patternPath: '/srv/dir/p/a.npy' },
    });
  });

  it('that are wheels are expanded, sorted, and kept as written without a match', async () => {
    const { readDeployment } = await import('../../src/engines/readDeployment.ts');
    const text = `${SOUND}  wheels: [z.whl, "dist/*.whl", "none/*.whl"]\n`;
    const glob = (pattern: string) => (pattern === '/d/dist/*.whl' ? ['/d/dist/b.whl', '/d/dist/a.whl'] : []);
    const { deployment } = readDeployment(text, { file: 'c.yml', directory: '/d', home: '/h', glob });
    expect(deployment?.engineSettings).toMatchObject({
      wheels: ['/d/z.whl', '/d/dist/a.whl', '/d/dist/b.whl', '/d/none/*.whl'],
    });
  });

  it('of the name come from the file when it gives none', async () => {
    const { nameFromFile } = await import('../../src/deployment/resolve.ts');
    expect(['a/b/c.yml', 'My cluster.yaml', '.yml', 'x.prod.yml'].map(nameFromFile)).toEqual([
      'c',
      'My-cluster',
      'cluster',
      'x.prod',
    ]);
  });
});

describe('secrets', () => {
  const SOURCES = `deployment:
  prefill:
    group1: {password: canary-1, passphrase: "canary-2", hosts: 10.0.0.1, master_port: 1, base_api_port: 2, ascend_rt_visible_devices: 0}
  decode:
    group1: {password: {file: ~/pw}, hosts: 10.0.0.2, master_port: 1, base_api_port: 2, ascend_rt_visible_devices: 0}
  proxy: {password: {command: [pass, show, x]}, passphrase: {env: PW}, host: 10.0.0.1}
services: {docker_image: a, model_path: /m}
`;

  it('are named by their source', () => {
    const { deployment } = parse(SOURCES);
    expect(deployment?.decode[0]?.hosts[0]?.login.password).toEqual({ from: 'file', path: '/home/me/pw' });
    expect(deployment?.proxy?.login.password).toEqual({ from: 'command', argv: ['pass', 'show', 'x'] });
    expect(deployment?.proxy?.login.passphrase).toEqual({ from: 'env', variable: 'PW' });
  });

  it('are shown by nothing that is made of the file', () => {
    const shown = [parse(SOURCES), parse(SOURCES, ['deployment.defaults.password=canary-3'])].flatMap((parsed) => [
      JSON.stringify(parsed.deployment),
      inspect(parsed.deployment, { depth: 20, showHidden: true }),
      String(parsed.deployment?.prefill[0]?.hosts[0]?.login.password),
      JSON.stringify(parsed.faults),
    ]);
    for (const text of shown) expect(text).not.toContain('canary');
    expect(shown[0]).toContain('[REDACTED]');
  });

  it.each(['[canary]', '{env: 3 canary}', '{text: canary}', 'true', '{command: canary}'])(
    'are not quoted by a fault when written as %s',
    (value) => {
      const { faults } = parse(withPart('private_key: ~/.ssh/id', `agent: true, password: ${value}`));
      expect(faults.filter(({ severity }) => severity === 'error')).toHaveLength(1);
      expect(JSON.stringify(faults.map(({ message, hint }) => [message, hint]))).not.toContain('canary');
    },
  );
});
