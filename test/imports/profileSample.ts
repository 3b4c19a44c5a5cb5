import { stringify } from 'yaml';

/** A node of a small server_profiles.yml. */
export interface ProfileNode {
  readonly name: string;
  readonly role: 'prefill' | 'decode';
  readonly ip: string;
  readonly master: string;
  readonly masterIp: string;
  readonly dies: string;
  readonly env: Readonly<Record<string, unknown>>;
  readonly args: Readonly<Record<string, unknown>>;
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * omni_cli's file of these nodes, with one prefill and one decode node unless they are among them.
 * @param proxyKeys further keys of the proxy
 */
export function profiles(
  nodes: readonly Partial<ProfileNode>[],
  proxyKeys: Readonly<Record<string, unknown>> = {},
): string {
  const given = [...nodes];
  if (!given.some(({ role }) => role === 'prefill')) given.push({ name: 'p0', role: 'prefill' });
  if (!given.some(({ role }) => role === 'decode')) given.push({ name: 'd0', role: 'decode' });
  const of = (role: ProfileNode['role']) =>
    Object.fromEntries(given.filter((node) => node.role === role).map((node) => [node.name, entry(node)]));
  const proxy = {
    ansible_host: '10.0.0.1',
    ansible_ssh_private_key_file: '/root/.ssh/id_ed25519',
    env: { API_PORT: 7000 },
    args: {},
    ...proxyKeys,
  };
  const children = { P: { hosts: of('prefill') }, D: { hosts: of('decode') }, C: { hosts: { c0: proxy } } };
  return stringify({ all: { children } }, { lineWidth: 0 });
}

function entry({ name = 'd0', role = 'decode', ...node }: Partial<ProfileNode>) {
  const isPrefill = role === 'prefill';
  const { ip = isPrefill ? '10.0.0.1' : '10.0.0.2', master = name, dies = '0,1' } = node;
  return {
    ansible_host: ip,
    ansible_user: 'root',
    ansible_ssh_private_key_file: '/root/.ssh/id_ed25519',
    DOCKER_IMAGE_ID: 'repository:tag',
    container_name: `me_${role}_${name}`,
    ascend_rt_visible_devices: dies,
    host_ip: node.masterIp ?? ip,
    master_node: master,
    env: {
      ROLE: role,
      MODEL_PATH: '/data/models/r1',
      LOG_PATH: '/data/log',
      PREFILL_POD_NUM: 1,
      KV_RANK: isPrefill ? 0 : 1,
      HOST_IP: node.masterIp ?? ip,
      API_PORT: isPrefill ? 9000 : 9100,
      MASTER_PORT: isPrefill ? 8000 : 8100,
      ...node.env,
    },
    args: {
      'model-path': '$MODEL_PATH',
      'master-ip': '$HOST_IP',
      'master-port': '$MASTER_PORT',
      'base-api-port': '$API_PORT',
      'served-model-name': 'r1',
      'max-model-len': 4096,
      tp: isPrefill ? dies.split(',').length : 1,
      'kv-transfer-config': { kv_connector: 'AscendHcclConnectorV1', kv_rank: '$KV_RANK' },
      'extra-args': { ...node.extra },
      ...node.args,
    },
  };
}
