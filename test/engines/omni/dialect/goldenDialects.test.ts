import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KnownDialect } from '../../../../src/engines/omni/dialect/dialect.ts';
import { assumedDialect, NEWEST_KNOWN } from '../../../../src/engines/omni/dialect/knownDialects.ts';

const FOLDER = new URL('../../../golden/omni/', import.meta.url);

/** What differs between the recorded states of OmniInfer, by snapshot. */
const DIFFERENCES = {
  A: ['0.1.0', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=16', 'fails', 'MTP 1'],
  G: ['0.4.0', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=$NUM_SERVERS', 'fails', 'MTP 1'],
  r030: ['0.3.0', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=16', 'fails', 'MTP 1'],
  B: ['0.5.0', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=$NUM_SERVERS', 'fails', 'MTP 1..'],
  r040: ['0.4.0', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=$NUM_SERVERS', 'fails', 'MTP 1'],
  r041: ['0.4.1', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=$NUM_SERVERS', 'fails', 'MTP 1'],
  r042: ['0.4.2', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=$NUM_SERVERS', 'fails', 'MTP 1'],
  r050: ['0.5.0', 'extra-config', 'MODEL_EXTRA_CFG_PATH', '--num-gpus=$NUM_SERVERS', 'fails', 'MTP 1..'],
  C: ['0.6.0', 'additional-config', null, '', 'fails', 'MTP 1..'],
  D: ['0.6.0', 'additional-config', 'BEST_PRATICE_MODEL_CONFIG_PATH', 'ports', 'moves-on', 'MTP 0..'],
  Dk: ['0.6.0', 'additional-config', null, 'ports', 'fails', 'MTP 0..'],
  E: ['0.6.0', 'additional-config', 'BEST_PRATICE_MODEL_CONFIG_PATH', 'ports', 'moves-on', 'MTP 0..'],
} as const;

/** Snapshots whose script accepts a flag that others do not. */
const ACCEPTED_BY = {
  'pd_run.sh --model-extra-cfg-path': ['A', 'B', 'C', 'G', 'r030', 'r040', 'r041', 'r042', 'r050'],
  'pd_run.sh --distributed-executor-backend': ['D', 'Dk', 'E'],
  'pd_run.sh --kv-transfer-config': ['D', 'E'],
  'pd_run.sh --num-speculative-tokens': ['B', 'C', 'D', 'Dk', 'E', 'r050'],
  'global_proxy.sh --prefill-max-num-seqs': ['B', 'C', 'D', 'Dk', 'E', 'r042', 'r050'],
  'global_proxy.sh --stream-ops': ['C', 'D', 'Dk', 'E', 'r042'],
  'omni_proxy.sh --listen-port': ['C', 'D', 'Dk', 'E', 'r042'],
  'omni_proxy.sh --reload': ['C', 'D', 'Dk', 'E'],
  'omni_proxy.sh --omni-proxy-schedule-algo': ['D', 'Dk', 'E'],
  'omni_proxy.sh --omni-proxy-prefill-groups': ['D', 'E'],
} as const;

function recorded(name: string): KnownDialect {
  return { name, ...JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) };
}

function differences({ dialect }: KnownDialect): readonly (string | null)[] {
  const [, ray = '', ...more] = dialect.rayHead!;
  const least = dialect.zeroDisablesMtp
    ? '0..'
    : dialect.flags['pd_run.sh']!.includes('--num-speculative-tokens')
      ? '1..'
      : '1';
  return [
    dialect.version,
    dialect.placementFrom,
    dialect.extraConfigVariable,
    more.length > 0 ? 'ports' : ray,
    dialect.takenPort,
    `MTP ${least}`,
  ];
}

const names = readdirSync(FOLDER).map((file) => file.replace('.json', ''));

describe('the recorded dialects of OmniInfer', () => {
  it('are those of twelve snapshots, each with its repository and commit', () => {
    expect(names.sort()).toEqual(Object.keys(DIFFERENCES).sort());
    for (const name of names) {
      expect(recorded(name)).toMatchObject({
        repository: expect.stringMatching(/^github\.com\/[\w-]+\/omni-infer$/),
        commit: expect.stringMatching(/^[0-9a-f]{40}$/),
        date: expect.stringMatching(/^202[56]-\d\d-\d\d$/),
      });
    }
  });

  it.each(Object.entries(DIFFERENCES))('differ in what %s reads and starts', (name, expected) => {
    expect(differences(recorded(name))).toEqual(expected);
  });

  it.each(Object.entries(ACCEPTED_BY))('differ in whether they accept %s', (option, expected) => {
    const [script, flag] = option.split(' ') as ['pd_run.sh', string];
    expect(names.filter((name) => recorded(name).dialect.flags[script]?.includes(flag)).sort()).toEqual(expected);
  });

  it('differ in the order in which omni_proxy.sh can send a request', () => {
    const having = (policy: string) =>
      names.filter((name) => recorded(name).dialect.pdPolicies.includes(policy)).sort();
    expect(having('sequential')).toEqual(['C', 'D', 'Dk', 'E', 'r042']);
    expect(having('parallel')).toEqual(['C', 'D', 'Dk', 'E', 'r042']);
    expect(having('aggregation')).toEqual(['D', 'E']);
  });

  it('differ in which variables pd_run.sh keeps from its environment', () => {
    const replaced = (variable: string) => names.filter((name) => variable in recorded(name).dialect.variables).sort();
    expect(replaced('VLLM_LLMDATADIST_ZMQ_PORT')).toEqual([...names].sort());
    expect(replaced('PYTHONPATH')).toEqual([]);
    expect(replaced('TASK_QUEUE_ENABLE')).toEqual(names.filter((name) => !['D', 'Dk', 'E'].includes(name)).sort());
    expect(replaced('CPU_AFFINITY_CONF')).toEqual(['G', 'r040', 'r041', 'r042']);
  });

  it('end on a prefill host without LOCAL_HOST_IP in one branch only', () => {
    expect(names.filter((name) => recorded(name).dialect.comparesLocalHostIp)).toEqual(['Dk']);
  });

  it('include the newest known one, and those that `generation` names', () => {
    expect(NEWEST_KNOWN).toEqual({ ...recorded('E'), name: '2026-03' });
    expect(assumedDialect('v0.3')).toEqual({ ...recorded('r030'), name: 'v0.3' });
    expect(assumedDialect('v0.6')).toEqual({ ...recorded('C'), name: 'v0.6' });
    expect(assumedDialect(null)).toBe(NEWEST_KNOWN);
    const dates = names.map((name) => recorded(name).date).sort();
    expect(NEWEST_KNOWN.date).toBe(dates.at(-1));
  });
});
