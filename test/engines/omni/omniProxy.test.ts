import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/engines/artifact.ts';
import { desiredOf } from '../../../src/engines/desiredOf.ts';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import { omniRouter } from '../../../src/engines/omni/proxy/router.ts';
import type { OmniProxySettings } from '../../../src/engines/omni/settings.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { fakeDeployment, PROXY } from '../../fakes/deployment.ts';
import { freshHost, readDialect } from '../../fakes/facts.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';
import { recordedDialect } from './dialect/recorded.ts';

const TWO = {
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.3'] }],
  decode: [{ hosts: ['10.0.0.2'], dies: [0, 1] }],
};

function deploymentWith(proxy: Partial<OmniProxySettings>) {
  return fakeDeployment({ ...TWO, proxy: { engineSettings: { ...PROXY, useOmniProxy: true, ...proxy } } });
}

/** The start script, for hosts whose image has the code of a snapshot. */
function scriptOf(snapshot: Parameters<typeof recordedDialect>[0], proxy: Partial<OmniProxySettings> = {}): string {
  const deployment = deploymentWith(proxy);
  const topology = topologyOf(deployment);
  const dialect = readDialect(recordedDialect(snapshot));
  const facts = Object.fromEntries(
    topology.hosts.map(({ address }) => [address, freshHost(address, deployment.image, { dialect })]),
  );
  const { nodes } = desiredOf(omniEngine, deployment, topology, facts, NO_INPUTS);
  const [file] = filesOf(nodes.c0!);
  return file !== undefined && 'text' in file.content ? file.content.text : '';
}

/** The arguments of omni_proxy.sh, each with its value. */
function argumentsOf(script: string): readonly string[] {
  const call = /bash omni_proxy\.sh \\\n((?: {4}.*\n)+)/.exec(script)?.[1] ?? '';
  return Array.from(call.matchAll(/^ {4}(--.*?) \\$/gm), ([, argument]) => argument!);
}

const OF_ALL = [
  '--nginx-conf-file /usr/local/nginx/conf/nginx.conf',
  '--listen-port 7000',
  '--core-num 4',
  '--start-core-index 16',
  '--prefill-endpoints 10.0.0.1:9000,10.0.0.3:9001',
  '--decode-endpoints 10.0.0.2:9100,10.0.0.2:9101',
  '--log-file /data/log/c0/nginx_error.log',
  '--log-level notice',
];
const OF_C = [
  ...OF_ALL,
  '--access-log-file /data/log/c0/nginx_access.log',
  '--omni-proxy-pd-policy sequential',
  '--omni-proxy-model-path /data/models/r1',
  '--omni-proxy-max-batch-num-token 100000',
  '--omni-proxy-prefill-max-num-seqs 16',
  '--omni-proxy-decode-max-num-seqs 32',
  '--omni-proxy-prefill-starvation-timeout 400',
];
const OF_E = [
  ...OF_ALL,
  '--access-log-file /data/log/c0/nginx_access.log',
  '--stream-ops off',
  '--omni-proxy-pd-policy sequential',
  '--omni-proxy-model-path /data/models/r1',
  '--omni-proxy-max-batch-num-token 100000',
  '--omni-proxy-schedule-algo default',
  '--omni-proxy-prefill-max-num-seqs 16',
  '--omni-proxy-decode-max-num-seqs 32',
  '--omni-proxy-prefill-starvation-timeout 400',
  '--prefill-pod-size 1',
  '--decode-pod-size 1',
];

describe('run_proxy.sh of omni_proxy', () => {
  it.each([
    ['r042', [...OF_ALL, '--omni-proxy-pd-policy sequential', '--omni-proxy-model-path /data/models/r1']],
    ['C', OF_C],
    ['Dk', OF_E],
    ['D', OF_E],
    ['E', OF_E],
  ] as const)('gives the script of %s what it accepts', (snapshot, expected) => {
    expect(argumentsOf(scriptOf(snapshot))).toEqual(expected);
  });

  it('gives every option that is set, in the order of the script’s help', () => {
    const omniProxy = {
      nginx_conf_file: '/tmp/omni.conf',
      omni_proxy_pd_policy: 'parallel',
      omni_proxy_model_path: '/data/tokenizer',
      omni_proxy_max_batch_num_token: 32000,
      omni_proxy_max_tokens_weight: 1,
      omni_proxy_schedule_algo: 'earliest_batch',
      omni_proxy_prefill_max_num_seqs: 8,
      omni_proxy_decode_max_num_seqs: '48',
      omni_proxy_prefill_starvation_timeout: 900,
      prefill_pod_size: 2,
      decode_pod_size: 4,
      omni_proxy_prefill_groups: '0:1,1:1',
      omni_proxy_decode_groups: '0:1,1:1',
      no_reuseport: true,
      keepalive_nginx: true,
    };
    const others = {
      logLevel: 'warn',
      accessLogFile: '/data/log/a.log',
      streamOps: 'add',
      coreNum: 8,
      startCoreIndex: 0,
    };
    const script = scriptOf('E', { ...others, streamOps: 'add', omniProxy });
    expect(argumentsOf(script)).toEqual([
      '--nginx-conf-file /tmp/omni.conf',
      '--listen-port 7000',
      '--core-num 8',
      '--start-core-index 0',
      ...OF_ALL.slice(4, 7),
      '--log-level warn',
      '--access-log-file /data/log/a.log',
      '--stream-ops add',
      '--omni-proxy-pd-policy parallel',
      '--omni-proxy-model-path /data/tokenizer',
      '--omni-proxy-max-batch-num-token 32000',
      '--omni-proxy-max-tokens-weight 1',
      '--omni-proxy-schedule-algo earliest_batch',
      '--omni-proxy-prefill-max-num-seqs 8',
      '--omni-proxy-decode-max-num-seqs 48',
      '--omni-proxy-prefill-starvation-timeout 900',
      '--prefill-pod-size 2',
      '--decode-pod-size 4',
      '--omni-proxy-prefill-groups 0:1,1:1',
      '--omni-proxy-decode-groups 0:1,1:1',
      '--no-reuseport',
      '--keepalive-nginx',
    ]);
    expect(script).toContain('grep -q \'^ *listen 7000;\' "$conf"');
  });

  it('reloads where the script can, and says that it has to start where it can’t', () => {
    expect(scriptOf('C')).toContain('grep -q \'^ *listen 7000 reuseport;\' "$conf"; then\n    omni_proxy --reload\n');
    expect(scriptOf('r042')).not.toContain('omni_proxy --reload');
    expect(scriptOf('r042')).toContain(
      'echo "omni_proxy.sh of this version has no --reload, so it has to start again"',
    );
  });

  it('leaves the tokenizer out where its path is empty', () => {
    const omniProxy = { ...PROXY.omniProxy, omni_proxy_model_path: '' };
    expect(argumentsOf(scriptOf('C', { omniProxy })).join(' ')).not.toContain('model-path');
    expect(mountsOf(deploymentWith({ omniProxy }))).not.toContain('/data/models/r1:/data/models/r1');
    expect(mountsOf(deploymentWith({}))).toContain('/data/models/r1:/data/models/r1');
    expect(mountsOf(fakeDeployment())).not.toContain('/data/models/r1:/data/models/r1');
  });
});

function mountsOf(deployment: ReturnType<typeof fakeDeployment>): readonly string[] {
  return omniRouter(deployment, topologyOf(deployment))!.container().run;
}

describe('omniRouter', () => {
  it('can reload omni_proxy, and not global_proxy', () => {
    const [omni, global] = [deploymentWith({}), fakeDeployment()].map((one) => omniRouter(one, topologyOf(one))!);
    expect(omni!.reload).toEqual(['bash', '/var/lib/omniplace/r1/c0/run_proxy.sh', 'reload']);
    expect(global!.reload).toBeUndefined();
  });

  it('gives a reason for each option', () => {
    const deployment = deploymentWith({});
    expect(omniRouter(deployment, topologyOf(deployment))!.reasons()).toMatchObject({
      core_num: { value: 4, because: 'deployment.proxy.core_num' },
      stream_ops: { value: 'off', because: 'deployment.proxy.stream_ops' },
      omni_proxy_pd_policy: { value: 'sequential', because: 'deployment.proxy.omni_proxy_pd_policy' },
      omni_proxy_model_path: { value: '/data/models/r1', because: 'services.model_path' },
      omni_proxy_decode_max_num_seqs: {
        value: 32,
        because: 'equal to max_num_seqs of the decode servers, or the proxy would queue where they would not',
      },
    });
  });
});
