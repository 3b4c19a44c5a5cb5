import { describe, expect, it } from 'vitest';
import { checkScripts } from '../../../src/engines/omni/checks/checkScripts.ts';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import type { OmniProxyOptions, OmniProxySettings } from '../../../src/engines/omni/settings.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { fakeDeployment, PROXY } from '../../fakes/deployment.ts';
import { NO_INPUTS } from '../../fakes/inputs.ts';
import { recordedDialect } from './dialect/recorded.ts';

const SHAPE = {
  prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.3'] }],
  decode: [{ hosts: ['10.0.0.2'], dies: [0, 1] }],
};
const NOWHERE = () => ({ line: null, col: null });

function deploymentWith(options: Partial<OmniProxyOptions>, settings: Partial<OmniProxySettings> = {}) {
  const omniProxy = { ...PROXY.omniProxy, ...options };
  const engineSettings = { ...PROXY, useOmniProxy: true, ...settings, omniProxy };
  return fakeDeployment({ ...SHAPE, generation: null, proxy: { engineSettings } });
}

/** What the newest known version is found not to be able to. */
function faultsOf(...parts: Parameters<typeof deploymentWith>): readonly string[] {
  const deployment = deploymentWith(...parts);
  const faults = omniEngine.checks(deployment, topologyOf(deployment), NO_INPUTS, NOWHERE);
  return faults
    .filter(({ path }) => path?.startsWith('deployment.proxy'))
    .map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);
}

function refusedBy(snapshot: Parameters<typeof recordedDialect>[0], ...parts: Parameters<typeof deploymentWith>) {
  const faults = [...checkScripts(deploymentWith(...parts), recordedDialect(snapshot), NOWHERE)];
  return faults.map(({ severity, path, message, hint }) => `${severity} ${path}: ${message} | ${hint}`);
}

describe('the settings of omni_proxy', () => {
  it('have no fault by default', () => {
    expect(faultsOf({})).toEqual([]);
    for (const snapshot of ['r042', 'C', 'Dk', 'D', 'E'] as const) expect(refusedBy(snapshot, {})).toEqual([]);
  });

  it.each(['A', 'G', 'r030', 'B', 'r040', 'r050', 'r041'] as const)(
    'are refused by %s, which has no omni_proxy',
    (snapshot) => {
      expect(refusedBy(snapshot, {})).toEqual([
        expect.stringMatching(
          /^error deployment\.proxy\.use_omni_proxy: OmniInfer 0\.\d\.\d has no omni_proxy\.sh\. \| Remove use_omni_proxy, so that global_proxy\.sh is started, or use an image of a version that has it\.$/,
        ),
      ]);
    },
  );

  it('are refused where the script has no such option, and only where they are set', () => {
    expect(refusedBy('r042', { omni_proxy_decode_max_num_seqs: 48 }, { streamOps: 'add' })).toEqual([
      'error deployment.proxy.stream_ops: omni_proxy.sh of OmniInfer 0.4.2 has no --stream-ops, which carries `deployment.proxy.stream_ops`. | Use an image of a version that has it.',
      'error deployment.proxy.omni_proxy_decode_max_num_seqs: omni_proxy.sh of OmniInfer 0.4.2 has no --omni-proxy-decode-max-num-seqs, which carries `deployment.proxy.omni_proxy_decode_max_num_seqs`. | Use an image of a version that has it.',
    ]);
    expect(refusedBy('C', { omni_proxy_decode_max_num_seqs: 48 })).toEqual([]);
    expect(refusedBy('Dk', { no_reuseport: true })).toHaveLength(1);
    expect(refusedBy('E', { no_reuseport: true })).toEqual([]);
  });

  it('are refused where the script has no such policy', () => {
    expect(refusedBy('Dk', { omni_proxy_pd_policy: 'aggregation' })).toEqual([
      'error deployment.proxy.omni_proxy_pd_policy: omni_proxy.sh of OmniInfer 0.6.0 has no policy aggregation. | It has sequential, parallel.',
    ]);
    expect(refusedBy('E', { omni_proxy_pd_policy: 'aggregation' })).toEqual([]);
    expect(faultsOf({ omni_proxy_pd_policy: 'aggregation' })).toEqual([
      'warning engine_value deployment.proxy.omni_proxy_pd_policy: With aggregation, prefill servers get no requests.',
    ]);
  });

  it('of groups fit the servers, and each other', () => {
    const groups = (prefill: string | null, decode: string | null) =>
      faultsOf({ omni_proxy_prefill_groups: prefill, omni_proxy_decode_groups: decode });
    expect(groups('0:1,1:1', '0:1,1:1')).toEqual([]);
    expect(groups('0:2', null)).toEqual([
      'error engine_value deployment.proxy.omni_proxy_prefill_groups: omni_proxy does not start with only omni_proxy_prefill_groups.',
    ]);
    expect(groups('0:1', '0:1,2:3')).toEqual([
      'error engine_value deployment.proxy.omni_proxy_prefill_groups: omni_proxy_prefill_groups has 1 servers in groups; the deployment has 2 prefill servers.',
      'error engine_value deployment.proxy.omni_proxy_decode_groups: omni_proxy_decode_groups has 4 servers in groups; the deployment has 2 decode servers.',
    ]);
    expect(groups('0:1,1:1', '0:1,2:1')).toEqual([
      'error engine_value deployment.proxy.omni_proxy_decode_groups: Prefill servers are in groups 0, 1, decode servers in 0, 2.',
    ]);
  });

  it('have no effect on the other proxy, which is not silent', () => {
    expect(faultsOf({ no_reuseport: true, prefill_pod_size: '2' }, { useOmniProxy: false })).toEqual([
      'warning engine_value deployment.proxy.prefill_pod_size: prefill_pod_size has no effect: global_proxy.sh has no such option.',
      'warning engine_value deployment.proxy.no_reuseport: no_reuseport has no effect: global_proxy.sh has no such option.',
    ]);
    expect(faultsOf({}, { prefillLbSdk: 'least_conn' })).toEqual([
      'warning engine_value deployment.proxy.prefill_lb_sdk: prefill_lb_sdk has no effect: omni_proxy.sh has no such option.',
    ]);
  });

  it('of global_proxy that an old version has not are refused by name', () => {
    const given = { useOmniProxy: false, streamOps: 'add', accessLogFile: '/data/a.log' } as const;
    expect(refusedBy('B', {}, given).map((line) => line.split(' | ')[0])).toEqual([
      'error deployment.proxy.access_log_file: global_proxy.sh of OmniInfer 0.5.0 has no --access-log-file, which carries `deployment.proxy.access_log_file`.',
      'error deployment.proxy.stream_ops: global_proxy.sh of OmniInfer 0.5.0 has no --stream-ops, which carries `deployment.proxy.stream_ops`.',
    ]);
    expect(refusedBy('E', {}, given)).toEqual([]);
  });
});
