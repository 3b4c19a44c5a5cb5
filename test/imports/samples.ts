/** Files as OmniInfer's users have them, in the form of its templates; addresses and sizes are ours. */

const SIXTEEN = '0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15';
const SSH_ARGS = '-o StrictHostKeyChecking=no -o IdentitiesOnly=yes';

interface InventoryShape {
  readonly prefill: readonly {
    readonly ip: string;
    readonly kvRank: number;
    readonly nodeRank?: number;
    readonly master?: string;
    readonly dies?: string;
    readonly apiPort?: number;
  }[];
  readonly decode: readonly string[];
  readonly proxy: string;
}

/** An inventory of the template, its ports computed from the bases by Jinja as the template does. */
export function ansibleInventory({ prefill, decode, proxy }: InventoryShape): string {
  const hosts = (lines: readonly (readonly string[])[]) =>
    lines
      .map(([name, ...vars]) => [`        ${name}:`, ...vars.map((line) => `          ${line}`)].join('\n'))
      .join('\n');
  return `all:
  vars:
    ansible_user: root
    ansible_ssh_common_args: '${SSH_ARGS}'
    ansible_ssh_private_key_file: /path/to/key.pem
    global_port_base: 8000
    base_api_port: 9000
    proxy_port: 7000
    port_offset:
      P: 0
      D: 100
    etcd_port: 6000
  children:
    P:
      hosts:
${hosts(
  prefill.map(({ ip, kvRank, nodeRank = 0, master = ip, dies = SIXTEEN, apiPort }, i) => [
    `p${i}`,
    `ansible_host: "${ip}"`,
    `node_rank: ${nodeRank}`,
    `kv_rank: ${kvRank}`,
    `node_port: "{{ global_port_base + port_offset.P + kv_rank }}"`,
    apiPort === undefined ? `api_port: "{{ base_api_port + port_offset.P + kv_rank }}"` : `api_port: ${apiPort}`,
    master === ip ? `host_ip: "{{ ansible_host }}"` : `host_ip: "${master}"`,
    `ascend_rt_visible_devices: "${dies}"`,
  ]),
)}
    D:
      vars:
        host_ip: "{{ hostvars[groups['D'][0]]['ansible_host'] }}"
      hosts:
${hosts(
  decode.map((ip, i) => [
    `d${i}`,
    `ansible_host: "${ip}"`,
    `node_rank: ${i}`,
    `node_port: "{{ global_port_base + port_offset.D }}"`,
    `api_port: "{{ base_api_port + port_offset.D + node_rank }}"`,
    `ascend_rt_visible_devices: "${SIXTEEN}"`,
  ]),
)}
    C:
      hosts:
${hosts([['c0', `ansible_host: "${proxy}"`, 'node_rank: 0', `node_port: "{{ proxy_port + node_rank }}"`, `role: "C"`]])}
`;
}

export const PLAYBOOK = `- hosts: all
  any_errors_fatal: true
  max_fail_percentage: 0
  gather_facts: yes
  vars:
    ranktable_save_path: "/tmp/ranktable_save_path"
  environment:
    LOG_PATH: "/data/log_path"
    MODEL_PATH: "/data/models/DeepSeek-R1-w8a8-fusion"
    MODEL_LEN_MAX_PREFILL: "30000"
    MODEL_LEN_MAX_DECODE: "44000"
    LOG_PATH_IN_EXECUTOR: "/data/log_path_in_executor"
    CODE_PATH: "/data/local_code_path"
    KV_CONNECTOR: "AscendHcclConnectorV1"
    DOCKER_IMAGE_ID: "registry.example/omniinfer:0.6"
    DOCKER_NAME_P: "you_name_omni_infer_prefill"
    DOCKER_NAME_D: "you_name_omni_infer_decode"
    DOCKER_NAME_C: "you_name_omni_infer_proxy"
    SCRIPTS_PATH: "/tmp/scripts_path"
    PREFILL_LB_SDK: "pd_score_balance"
    DECODE_LB_SDK: "least_conn"
    DECODE_TENSOR_PARALLEL_SIZE: "1"
    PROBE: "1"
  tasks:
    - name: write the start script of decode
      tags: run_server
      copy:
        dest: "{{ SCRIPTS_PATH }}/vllm_run_for_d.sh"
        content: |
          export GPU_UTIL=0.94
          cd /workspace/omniinfer/tools/scripts
          bash pd_run.sh --role decode \\
            --num-servers "$NUM_SERVERS" --gpu-util "\${GPU_UTIL}" --hccl-buffsize 1200 \\
            --additional-config '{"graph_model_compile_config":{"level":1,"use_ge_graph_cached":true}}' \\
            --extra-args "--enable-expert-parallel --disable-log-requests --max-num-seqs 60 --no-enable-prefix-caching --swap-space 64" \\
            --surprise 3
`;

export const OMNI_CLI = `deployment:
  prefill:
    group1: &p
      user: "root"
      hosts: "10.0.0.1"
      master_port: "8080"
      base_api_port: "9000"
      private_key: "/workspace/pem/keypair.pem"
      ascend_rt_visible_devices: "${SIXTEEN}"
    group2:
      <<: *p
      hosts: "10.0.0.2"
    group3:
      <<: *p
      hosts: "10.0.0.3"
    group4:
      <<: *p
      hosts: "10.0.0.4"
  decode:
    group1:
      user: "root"
      hosts: "10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8"
      master_port: "8080"
      base_api_port: "9000"
      private_key: "/workspace/pem/keypair.pem"
      ascend_rt_visible_devices: "${SIXTEEN}"
      host 10.0.0.6:
        private_key: "/workspace/new_pem/keypair.pem"
        base_api_port: "9100"
  proxy:
    user: "root"
    host: "10.0.0.1"
    listen_port: "8080"
    private_key: "/workspace/pem/keypair.pem"
services:
  log_path: "/data/omniinfer/log"
  model_path: "/data/models/DeepSeek-R1-w8a8-fusion"
  code_path: "/data/code_path"
  local_code_path: "/workspace/local"
  http_proxy: ""
  docker_image: "REPOSITORY:TAG"
  prefill:
    max_model_len: "32000"
  decode:
    max_model_len: "16384"
`;

/** server_profiles.yml as `omni_cli add_node` writes it. */
export function serverProfiles(): string {
  const node = (role: 'P' | 'D', name: string, ip: string, master: string, masterIp: string, index: number) => {
    const isPrefill = role === 'P';
    const kind = isPrefill ? 'prefill' : 'decode';
    return `        ${name}:
          ansible_host: ${ip}
          ansible_user: root
          ansible_ssh_private_key_file: /root/.ssh/id_ed25519
          ansible_ssh_common_args: ${SSH_ARGS}
          DOCKER_IMAGE_ID: registry.example/omniinfer:0.6
          container_name: me_${kind}_${name}
          ascend_rt_visible_devices: ${SIXTEEN}
          host_ip: ${masterIp}
          master_node: ${master}
          env:
            LOG_PATH: /data/log
            MODEL_PATH: /data/models/r1
            ${isPrefill ? 'MODEL_LEN_MAX_PREFILL: 30000' : 'MODEL_LEN_MAX_DECODE: 16384'}
            ROLE: ${kind}
            PREFILL_POD_NUM: '2'
            DECODE_POD_NUM: '1'
            KV_RANK: '${isPrefill ? index : 2}'
            API_PORT: '${(isPrefill ? 9000 : 9100) + index}'
            MASTER_PORT: '${isPrefill ? 8000 + index : 8100}'
            HOST_IP: ${masterIp}
            VLLM_USE_V1: '1'
            HCCL_BUFFSIZE: '${isPrefill ? 500 : 1000}'
            TASK_QUEUE_ENABLE: '2'
            ${isPrefill ? "HCCL_RDMA_TIMEOUT: '20'" : "ENABLE_APC_EVENT: '0'"}
          args:
            num-servers: ${isPrefill ? 1 : 16}
            num-dp: ${isPrefill ? 1 : 32}
            server-offset: $SERVER_OFFSET
            model-path: $MODEL_PATH
            master-ip: $HOST_IP
            max-model-len: ${isPrefill ? '$MODEL_LEN_MAX_PREFILL' : '$MODEL_LEN_MAX_DECODE'}
            master-port: $MASTER_PORT
            base-api-port: $API_PORT
            tp: ${isPrefill ? 16 : 1}
            served-model-name: deepseek
            log-dir: /data/log
            enable-mtp: ''
            kv-transfer-config:
              kv_connector: AscendHcclConnectorV1
              kv_buffer_device: npu
              kv_role: ${isPrefill ? 'kv_producer' : 'kv_consumer'}
              kv_rank: $KV_RANK
              engine_id: $KV_RANK
              kv_parallel_size: $((PREFILL_POD_NUM + 1))
            gpu-util: '0.92'
            extra-args:
              max-num-batched-tokens: ${isPrefill ? 30000 : 256}
              ${isPrefill ? "enforce-eager: ''" : 'num-gpu-blocks-override: 512'}
              enable-expert-parallel: ''
              disable-log-requests: ''
              max-num-seqs: ${isPrefill ? 16 : 32}
              no-enable-prefix-caching: ''
            additional-config:
${
  isPrefill
    ? '              enable_omni_placement: false'
    : `              graph_model_compile_config:
                level: 1
              enable_omni_placement: true
              omni_placement_config:
                pattern_path: /data/patterns/d.npy
                max_moe_layer_num: 58
                enable_dynamic: true
                max_redundant_per_expert: 10
                max_redundant_per_rank: 1
                enable_rank_round_robin: true`
}
`;
  };
  return `all:
  children:
    P:
      hosts:
${node('P', 'p0', '10.0.0.1', 'p0', '10.0.0.1', 0)}${node('P', 'p1', '10.0.0.2', 'p1', '10.0.0.2', 1)}    D:
      hosts:
${node('D', 'd0', '10.0.0.3', 'd0', '10.0.0.3', 0)}${node('D', 'd1', '10.0.0.4', 'd0', '10.0.0.3', 1)}    C:
      hosts:
        c0:
          ansible_host: 10.0.0.1
          ansible_user: root
          ansible_ssh_private_key_file: /root/.ssh/id_ed25519
          ansible_ssh_common_args: ${SSH_ARGS}
          DOCKER_IMAGE_ID: registry.example/omniinfer:0.6
          container_name: me_proxy_c0
          host_ip: 10.0.0.1
          env:
            LOG_PATH: /data/log
            MODEL_PATH: /data/models/r1
            PREFILL_LB_SDK: greedy_timeout
          args:
            listen-port: '7000'
            core-num: '8'
            keepalive: 2048
`;
}
