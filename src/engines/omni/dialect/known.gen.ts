// @ts-nocheck
// Generated from test/golden/omni by `npm run gen`: scripts/record-dialect.mjs writes those.
import type { KnownDialect } from './dialect.ts';

export const KNOWN: Readonly<Record<'v0.3' | 'v0.6' | '2026-03', KnownDialect>> = {
  'v0.3': {
  "name": "v0.3",
  "repository": "github.com/zhengjinhuan/omni-infer",
  "commit": "3faa5df760bfb05b616e1bb0663c0cf4c909d225",
  "date": "2025-08-22",
  "release": "v0.3.0",
  "dialect": {
    "version": "0.3.0",
    "flags": {
      "pd_run.sh": [
        "--additional-config",
        "--ascend-rt-visible-devices",
        "--base-api-port",
        "--decode-pod-num",
        "--extra-args",
        "--forward-time",
        "--global-decode-server-ip-list",
        "--global-rank-table-path",
        "--gloo-socket-ifname",
        "--gpu-util",
        "--hcc-intra-pcie-enable",
        "--hcc-intra-roce-enable",
        "--hccl-buffsize",
        "--hccl-op-expansion-mode",
        "--help",
        "--kv-buffer-device",
        "--kv-cache-mod",
        "--kv-connector",
        "--kv-engine-id",
        "--kv-parallel-size",
        "--kv-rank",
        "--kv-role",
        "--local-decode-server-ip-list",
        "--log-dir",
        "--master-ip",
        "--master-port",
        "--max-model-len",
        "--model-extra-cfg-path",
        "--model-path",
        "--num-dp",
        "--num-servers",
        "--prefill-pod-num",
        "--random-mode",
        "--rank-table-path",
        "--role",
        "--served-model-name",
        "--server-offset",
        "--tp",
        "--tp-socket-ifname",
        "--vllm-enable-mc2",
        "--vllm-llmdatadist-zmq-port",
        "--vllm-logging-level",
        "--vllm-use-v1",
        "--vllm-worker-multiproc-method"
      ],
      "start_api_servers.py": [
        "--additional-config",
        "--base-api-port",
        "--block-size",
        "--enable-mtp",
        "--extra-args",
        "--gpu-memory-utilization",
        "--gpu-util",
        "--help",
        "--kv-transfer-config",
        "--log-dir",
        "--master-ip",
        "--master-port",
        "--max-model-len",
        "--max-port-attempts",
        "--model-path",
        "--no-enable-chunked-prefill",
        "--no-enable-prefix-caching",
        "--num-dp",
        "--num-servers",
        "--num-speculative-tokens",
        "--served-model-name",
        "--server-offset",
        "--tp"
      ],
      "global_proxy.sh": [
        "--client-body-buffer-size",
        "--core-num",
        "--decode-lb-sdk",
        "--decode-servers-list",
        "--dry-run",
        "--help",
        "--listen-port",
        "--log-file",
        "--log-level",
        "--nginx-conf-file",
        "--overwrite-request-id",
        "--prefill-lb-sdk",
        "--prefill-servers-list",
        "--rollback",
        "--start-core-index",
        "--stop"
      ],
      "omni_proxy.sh": null
    },
    "variables": {
      "ADDITIONAL_CONFIG": {
        "flag": "--additional-config",
        "value": "",
        "exported": false
      },
      "AUTO_USE_UC_MEMORY": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "BASE_API_PORT": {
        "flag": "--base-api-port",
        "value": "9001",
        "exported": false
      },
      "DECODE_POD_NUM": {
        "flag": "--decode-pod-num",
        "value": "1",
        "exported": true
      },
      "EXTRA_ARGS": {
        "flag": "--extra-args",
        "value": "",
        "exported": false
      },
      "GLOBAL_DECODE_SERVER_IP_LIST": {
        "flag": "--global-decode-server-ip-list",
        "value": "7.242.108.196",
        "exported": true
      },
      "GLOBAL_RANK_TABLE_FILE_PATH": {
        "flag": "--global-rank-table-path",
        "value": "1p1d_save_dir/global_ranktable_merge.json",
        "exported": true
      },
      "GLOO_SOCKET_IFNAME": {
        "flag": "--gloo-socket-ifname",
        "value": "enp23s0f3",
        "exported": true
      },
      "GPU_UTIL": {
        "flag": "--gpu-util",
        "value": "0.9",
        "exported": false
      },
      "HCCL_BUFFSIZE": {
        "flag": "--hccl-buffsize",
        "value": "0",
        "exported": true
      },
      "HCCL_CONNECT_TIMEOUT": {
        "flag": null,
        "value": "1800",
        "exported": true
      },
      "HCCL_EXEC_TIMEOUT": {
        "flag": null,
        "value": "120",
        "exported": true
      },
      "HCCL_INTRA_PCIE_ENABLE": {
        "flag": "--hcc-intra-pcie-enable",
        "value": "0",
        "exported": true
      },
      "HCCL_INTRA_ROCE_ENABLE": {
        "flag": "--hcc-intra-roce-enable",
        "value": "1",
        "exported": true
      },
      "HCCL_OP_EXPANSION_MODE": {
        "flag": "--hccl-op-expansion-mode",
        "value": "",
        "exported": true
      },
      "KV_BUFFER_DEVICE": {
        "flag": "--kv-buffer-device",
        "value": "npu",
        "exported": false
      },
      "KV_CONNECTOR": {
        "flag": "--kv-connector",
        "value": "AscendHcclConnectorV1",
        "exported": false
      },
      "KV_ENGINE_ID": {
        "flag": "--kv-engine-id",
        "value": "0",
        "exported": false
      },
      "KV_PARALLEL_SIZE": {
        "flag": "--kv-parallel-size",
        "value": "2",
        "exported": false
      },
      "KV_RANK": {
        "flag": "--kv-rank",
        "value": "0",
        "exported": false
      },
      "KV_ROLE": {
        "flag": "--kv-role",
        "value": "kv_producer",
        "exported": false
      },
      "KV_TRANSFER_CONFIG": {
        "flag": null,
        "value": null,
        "exported": false
      },
      "LOCAL_DECODE_SERVER_IP_LIST": {
        "flag": "--local-decode-server-ip-list",
        "value": "7.242.108.196",
        "exported": true
      },
      "LOG_DIR": {
        "flag": "--log-dir",
        "value": "apiserverlog",
        "exported": false
      },
      "MASTER_IP": {
        "flag": "--master-ip",
        "value": "7.242.108.64",
        "exported": false
      },
      "MASTER_PORT": {
        "flag": "--master-port",
        "value": "8503",
        "exported": false
      },
      "MAX_MODEL_LEN": {
        "flag": "--max-model-len",
        "value": "4096",
        "exported": false
      },
      "MODEL_EXTRA_CFG_PATH": {
        "flag": "--model-extra-cfg-path",
        "value": "/workspace/omni_infer/test/test_config/test_config_prefill.json",
        "exported": true
      },
      "MODEL_PATH": {
        "flag": "--model-path",
        "value": "/home/dsv3/models/DeepSeek-V3-w8a8-0423",
        "exported": false
      },
      "NUM_DP": {
        "flag": "--num-dp",
        "value": "1",
        "exported": false
      },
      "NUM_SERVERS": {
        "flag": "--num-servers",
        "value": "1",
        "exported": false
      },
      "OMNI_USE_DSV3": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "PREFILL_POD_NUM": {
        "flag": "--prefill-pod-num",
        "value": "1",
        "exported": true
      },
      "RANK_TABLE_FILE_PATH": {
        "flag": "--rank-table-path",
        "value": "save_dir_64/local_ranktable_7.242.108.64_0123.json",
        "exported": true
      },
      "ROLE": {
        "flag": "--role",
        "value": "prefill",
        "exported": true
      },
      "SERVED_MODEL_NAME": {
        "flag": "--served-model-name",
        "value": "deepseek",
        "exported": false
      },
      "SERVER_OFFSET": {
        "flag": "--server-offset",
        "value": "0",
        "exported": true
      },
      "TASK_QUEUE_ENABLE": {
        "flag": null,
        "value": "2",
        "exported": true
      },
      "TNG_HOST_COPY": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "TP": {
        "flag": "--tp",
        "value": "4",
        "exported": false
      },
      "TP_SOCKET_IFNAME": {
        "flag": "--tp-socket-ifname",
        "value": "enp23s0f3",
        "exported": true
      },
      "USING_LCCL_COM": {
        "flag": null,
        "value": "0",
        "exported": true
      },
      "VLLM_ENABLE_MC2": {
        "flag": "--vllm-enable-mc2",
        "value": "0",
        "exported": true
      },
      "VLLM_LLMDATADIST_ZMQ_PORT": {
        "flag": "--vllm-llmdatadist-zmq-port",
        "value": "5568",
        "exported": true
      },
      "VLLM_LOGGING_LEVEL": {
        "flag": "--vllm-logging-level",
        "value": "INFO",
        "exported": true
      },
      "VLLM_USE_V1": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "VLLM_WORKER_MULTIPROC_METHOD": {
        "flag": null,
        "value": "fork",
        "exported": true
      }
    },
    "extraConfigVariable": "MODEL_EXTRA_CFG_PATH",
    "extraConfigKeys": {
      "parallel": {
        "known": [
          "dp_size",
          "o_proj_tp_size",
          "redundancy_shared_expert_num"
        ],
        "unknown": "ends"
      },
      "operators": {
        "known": [
          "best_ep",
          "control_accept_rate",
          "decode_gear_list",
          "enable_combine_addrmsnorm_fusion",
          "enable_dense_local_tp",
          "enable_kv_rmsnorm_rope_cache",
          "enable_mc2_v2",
          "enable_moe_expert_parallel",
          "enable_node_mlp",
          "enable_pd_separated",
          "enable_pipeline_comm",
          "enable_prefetch",
          "enable_prefill_micro_batch",
          "enable_round_pipeline_comm",
          "gmm_nz",
          "merge_qkv",
          "moe_dispatch_combine",
          "moe_multi_stream_tune",
          "omni_placement_config_path",
          "opt_w2_scale_cast",
          "pd_seperate_prefill",
          "prefill_dispatch_combine",
          "prefill_enable_long_seq",
          "prefill_enable_mla_alltoall",
          "prefill_enable_mla_alltoall_local",
          "prefill_enable_pipeline_comm",
          "prefill_mla_multi_stream",
          "prefill_moe_multi_stream",
          "two_stage_comm",
          "unquant_bmm_nz",
          "use_a3_high_performance_cann",
          "use_chunked_prefill",
          "use_mlaprolog",
          "use_omni_placement",
          "use_super_kernel",
          "use_w8a8_dynamic_quant"
        ],
        "unknown": "ends"
      }
    },
    "placementFrom": "extra-config",
    "zeroDisablesMtp": false,
    "passesMtpTokens": false,
    "takenPort": "fails",
    "rayHead": [
      "--head",
      "--num-gpus=16"
    ],
    "comparesLocalHostIp": false,
    "offsetCountsServers": true,
    "hasNzConfig": false,
    "hasProcBind": false,
    "pdPolicies": []
  }
},
  'v0.6': {
  "name": "v0.6",
  "repository": "github.com/zhengjinhuan/omni-infer",
  "commit": "0d409dfc8a13893eed45369351738720eba96d78",
  "date": "2025-10-23",
  "release": null,
  "dialect": {
    "version": "0.6.0",
    "flags": {
      "pd_run.sh": [
        "--additional-config",
        "--ascend-rt-visible-devices",
        "--base-api-port",
        "--decode-pod-num",
        "--extra-args",
        "--forward-time",
        "--global-decode-server-ip-list",
        "--global-rank-table-path",
        "--gloo-socket-ifname",
        "--gpu-util",
        "--hcc-intra-pcie-enable",
        "--hcc-intra-roce-enable",
        "--hccl-buffsize",
        "--hccl-op-expansion-mode",
        "--help",
        "--kv-buffer-device",
        "--kv-cache-mod",
        "--kv-connector",
        "--kv-engine-id",
        "--kv-parallel-size",
        "--kv-rank",
        "--kv-role",
        "--local-decode-server-ip-list",
        "--log-dir",
        "--master-ip",
        "--master-port",
        "--max-model-len",
        "--model-extra-cfg-path",
        "--model-path",
        "--num-dp",
        "--num-servers",
        "--num-speculative-tokens",
        "--prefill-pod-num",
        "--random-mode",
        "--rank-table-path",
        "--role",
        "--served-model-name",
        "--server-offset",
        "--tp",
        "--tp-socket-ifname",
        "--vllm-enable-mc2",
        "--vllm-llmdatadist-zmq-port",
        "--vllm-logging-level",
        "--vllm-use-v1",
        "--vllm-worker-multiproc-method"
      ],
      "start_api_servers.py": [
        "--additional-config",
        "--base-api-port",
        "--block-size",
        "--enable-mtp",
        "--extra-args",
        "--gpu-memory-utilization",
        "--gpu-util",
        "--help",
        "--kv-transfer-config",
        "--log-dir",
        "--master-ip",
        "--master-port",
        "--max-model-len",
        "--max-port-attempts",
        "--model-path",
        "--no-enable-chunked-prefill",
        "--no-enable-prefix-caching",
        "--num-dp",
        "--num-servers",
        "--num-speculative-tokens",
        "--served-model-name",
        "--server-offset",
        "--tp"
      ],
      "global_proxy.sh": [
        "--attention-num",
        "--bootstrap-port",
        "--client-body-buffer-size",
        "--core-num",
        "--decode-lb-sdk",
        "--decode-max-num-seqs",
        "--decode-servers-list",
        "--dry-run",
        "--enable-attention-ffn-disaggregation",
        "--enable-internal-metrics",
        "--engine-type",
        "--help",
        "--listen-port",
        "--log-file",
        "--log-level",
        "--metrics-servers-list",
        "--nginx-conf-file",
        "--prefill-lb-sdk",
        "--prefill-max-num-seqs",
        "--prefill-servers-list",
        "--rollback",
        "--start-core-index",
        "--stop",
        "--stream-ops"
      ],
      "omni_proxy.sh": [
        "--access-log-file",
        "--core-num",
        "--decode-endpoints",
        "--dry-run",
        "--help",
        "--listen-port",
        "--log-file",
        "--log-level",
        "--nginx-conf-file",
        "--omni-proxy-decode-max-num-seqs",
        "--omni-proxy-max-batch-num-token",
        "--omni-proxy-model-path",
        "--omni-proxy-pd-policy",
        "--omni-proxy-prefill-max-num-seqs",
        "--omni-proxy-prefill-starvation-timeout",
        "--prefill-endpoints",
        "--reload",
        "--rollback",
        "--start-core-index",
        "--stop"
      ]
    },
    "variables": {
      "ADDITIONAL_CONFIG": {
        "flag": "--additional-config",
        "value": "",
        "exported": false
      },
      "AUTO_USE_UC_MEMORY": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "BASE_API_PORT": {
        "flag": "--base-api-port",
        "value": "9001",
        "exported": false
      },
      "DECODE_POD_NUM": {
        "flag": "--decode-pod-num",
        "value": "1",
        "exported": true
      },
      "ENABLE_APC_EVENT": {
        "flag": null,
        "value": "0",
        "exported": true
      },
      "ENABLE_OVERWRITE_REQ_IDS": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "EXTRA_ARGS": {
        "flag": "--extra-args",
        "value": "",
        "exported": false
      },
      "GLOBAL_DECODE_SERVER_IP_LIST": {
        "flag": "--global-decode-server-ip-list",
        "value": "7.242.108.196",
        "exported": true
      },
      "GLOBAL_RANK_TABLE_FILE_PATH": {
        "flag": "--global-rank-table-path",
        "value": "1p1d_save_dir/global_ranktable_merge.json",
        "exported": true
      },
      "GLOO_SOCKET_IFNAME": {
        "flag": "--gloo-socket-ifname",
        "value": "enp23s0f3",
        "exported": true
      },
      "GPU_UTIL": {
        "flag": "--gpu-util",
        "value": "0.9",
        "exported": false
      },
      "HCCL_BUFFSIZE": {
        "flag": "--hccl-buffsize",
        "value": "0",
        "exported": true
      },
      "HCCL_CONNECT_TIMEOUT": {
        "flag": null,
        "value": "1800",
        "exported": true
      },
      "HCCL_EXEC_TIMEOUT": {
        "flag": null,
        "value": "120",
        "exported": true
      },
      "HCCL_INTRA_PCIE_ENABLE": {
        "flag": "--hcc-intra-pcie-enable",
        "value": "0",
        "exported": true
      },
      "HCCL_INTRA_ROCE_ENABLE": {
        "flag": "--hcc-intra-roce-enable",
        "value": "1",
        "exported": true
      },
      "HCCL_OP_EXPANSION_MODE": {
        "flag": "--hccl-op-expansion-mode",
        "value": "",
        "exported": true
      },
      "HCCL_RDMA_TIMEOUT": {
        "flag": null,
        "value": "20",
        "exported": true
      },
      "KV_BUFFER_DEVICE": {
        "flag": "--kv-buffer-device",
        "value": "npu",
        "exported": false
      },
      "KV_CONNECTOR": {
        "flag": "--kv-connector",
        "value": "AscendHcclConnectorV1",
        "exported": false
      },
      "KV_ENGINE_ID": {
        "flag": "--kv-engine-id",
        "value": "0",
        "exported": false
      },
      "KV_PARALLEL_SIZE": {
        "flag": "--kv-parallel-size",
        "value": "2",
        "exported": false
      },
      "KV_RANK": {
        "flag": "--kv-rank",
        "value": "0",
        "exported": false
      },
      "KV_ROLE": {
        "flag": "--kv-role",
        "value": "kv_producer",
        "exported": false
      },
      "KV_TRANSFER_CONFIG": {
        "flag": null,
        "value": null,
        "exported": false
      },
      "LOCAL_DECODE_SERVER_IP_LIST": {
        "flag": "--local-decode-server-ip-list",
        "value": "7.242.108.196",
        "exported": true
      },
      "LOG_DIR": {
        "flag": "--log-dir",
        "value": "apiserverlog",
        "exported": false
      },
      "MASTER_IP": {
        "flag": "--master-ip",
        "value": "7.242.108.64",
        "exported": false
      },
      "MASTER_PORT": {
        "flag": "--master-port",
        "value": "8503",
        "exported": false
      },
      "MAX_MODEL_LEN": {
        "flag": "--max-model-len",
        "value": "4096",
        "exported": false
      },
      "MODEL_EXTRA_CFG_PATH": {
        "flag": "--model-extra-cfg-path",
        "value": "/workspace/omni_infer/test/test_config/test_config_prefill.json",
        "exported": true
      },
      "MODEL_PATH": {
        "flag": "--model-path",
        "value": "/home/dsv3/models/DeepSeek-V3-w8a8-0423",
        "exported": false
      },
      "NUM_DP": {
        "flag": "--num-dp",
        "value": "1",
        "exported": false
      },
      "NUM_SERVERS": {
        "flag": "--num-servers",
        "value": "1",
        "exported": false
      },
      "NUM_SPECULATIVE_TOKENS": {
        "flag": "--num-speculative-tokens",
        "value": "1",
        "exported": false
      },
      "OMNI_USE_DSV3": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "PREFILL_POD_NUM": {
        "flag": "--prefill-pod-num",
        "value": "1",
        "exported": true
      },
      "RANK_TABLE_FILE_PATH": {
        "flag": "--rank-table-path",
        "value": "save_dir_64/local_ranktable_7.242.108.64_0123.json",
        "exported": true
      },
      "ROLE": {
        "flag": "--role",
        "value": "prefill",
        "exported": true
      },
      "SERVED_MODEL_NAME": {
        "flag": "--served-model-name",
        "value": "deepseek",
        "exported": false
      },
      "SERVER_OFFSET": {
        "flag": "--server-offset",
        "value": "0",
        "exported": true
      },
      "TASK_QUEUE_ENABLE": {
        "flag": null,
        "value": "2",
        "exported": true
      },
      "TNG_HOST_COPY": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "TP": {
        "flag": "--tp",
        "value": "4",
        "exported": false
      },
      "TP_SOCKET_IFNAME": {
        "flag": "--tp-socket-ifname",
        "value": "enp23s0f3",
        "exported": true
      },
      "USING_LCCL_COM": {
        "flag": null,
        "value": "0",
        "exported": true
      },
      "VLLM_ENABLE_MC2": {
        "flag": "--vllm-enable-mc2",
        "value": "0",
        "exported": true
      },
      "VLLM_LLMDATADIST_ZMQ_PORT": {
        "flag": "--vllm-llmdatadist-zmq-port",
        "value": "5568",
        "exported": true
      },
      "VLLM_LOGGING_LEVEL": {
        "flag": "--vllm-logging-level",
        "value": "INFO",
        "exported": true
      },
      "VLLM_USE_V1": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "VLLM_WORKER_MULTIPROC_METHOD": {
        "flag": null,
        "value": "fork",
        "exported": true
      }
    },
    "extraConfigVariable": null,
    "extraConfigKeys": {
      "parallel": {
        "known": [
          "attn_dies",
          "attn_sp_size",
          "dense_mlp_tp_size",
          "enable_attn_ffn_disaggregation",
          "o_proj_tp_size",
          "redundancy_shared_expert_num"
        ],
        "unknown": "drops"
      },
      "operators": {
        "known": [
          "attn_prefetch",
          "best_ep",
          "c8_calib_path",
          "cast_w2_scale_f32",
          "control_accept_rate",
          "decode_moe_dispatch_combine",
          "enable_dsa",
          "enable_kv_rmsnorm_rope_cache",
          "enable_pipeline_comm",
          "enable_prefill_micro_batch",
          "enable_round_pipeline_comm",
          "enable_scale_parallel",
          "enable_topktoppsample_op",
          "expert_down_prefetch",
          "expert_gate_up_prefetch",
          "experts_pruning",
          "fa_quant",
          "gmm_nz",
          "max_split_token_count_threshold",
          "max_split_token_ratio_threshold",
          "merge_qkv",
          "mla_multistream_limit_core",
          "moe_multi_stream_tune",
          "prefill_enable_long_seq",
          "prefill_enable_mla_alltoall",
          "prefill_enable_mla_alltoall_local",
          "prefill_moe_all_to_all",
          "shared_experts_to_gmm",
          "two_stage_comm",
          "unquant_bmm_nz",
          "use_mlaprolog",
          "use_omni_cache",
          "use_prefetch",
          "use_super_kernel",
          "use_tnd_pa"
        ],
        "unknown": "drops"
      }
    },
    "placementFrom": "additional-config",
    "zeroDisablesMtp": false,
    "passesMtpTokens": true,
    "takenPort": "fails",
    "rayHead": [
      "--head"
    ],
    "comparesLocalHostIp": false,
    "offsetCountsServers": false,
    "hasNzConfig": true,
    "hasProcBind": true,
    "pdPolicies": [
      "sequential",
      "parallel"
    ]
  }
},
  '2026-03': {
  "name": "2026-03",
  "repository": "github.com/mingtingwei/omni-infer",
  "commit": "fda711fbc3407926d3876e7f82c3562b4bc45369",
  "date": "2026-03-29",
  "release": null,
  "dialect": {
    "version": "0.6.0",
    "flags": {
      "pd_run.sh": [
        "--additional-config",
        "--ascend-rt-visible-devices",
        "--base-api-port",
        "--decode-pod-num",
        "--distributed-executor-backend",
        "--extra-args",
        "--forward-time",
        "--global-decode-server-ip-list",
        "--global-rank-table-path",
        "--gloo-socket-ifname",
        "--gpu-util",
        "--hcc-intra-pcie-enable",
        "--hcc-intra-roce-enable",
        "--hccl-buffsize",
        "--hccl-op-expansion-mode",
        "--help",
        "--kv-buffer-device",
        "--kv-cache-mod",
        "--kv-connector",
        "--kv-engine-id",
        "--kv-parallel-size",
        "--kv-producer-dp-size",
        "--kv-producer-pp-size",
        "--kv-rank",
        "--kv-role",
        "--kv-transfer-config",
        "--llm-waiting-out",
        "--local-decode-server-ip-list",
        "--log-dir",
        "--master-ip",
        "--master-port",
        "--max-model-len",
        "--model-path",
        "--num-dp",
        "--num-servers",
        "--num-speculative-tokens",
        "--pp",
        "--pp-layer-partition",
        "--prefill-pod-num",
        "--print-screen",
        "--random-mode",
        "--rank-table-path",
        "--ray-max-worker-port",
        "--ray-min-worker-port",
        "--ray-port",
        "--role",
        "--served-model-name",
        "--server-offset",
        "--tp",
        "--tp-socket-ifname",
        "--vllm-enable-mc2",
        "--vllm-llmdatadist-zmq-port",
        "--vllm-logging-level",
        "--vllm-use-v1",
        "--vllm-worker-multiproc-method"
      ],
      "start_api_servers.py": [
        "--additional-config",
        "--base-api-port",
        "--block-size",
        "--chat-template",
        "--distributed-executor-backend",
        "--dtype",
        "--enable-auto-tool-choice",
        "--enable-mtp",
        "--extra-args",
        "--gpu-memory-utilization",
        "--gpu-util",
        "--help",
        "--kv-transfer-config",
        "--load-format",
        "--log-dir",
        "--master-ip",
        "--master-port",
        "--max-model-len",
        "--max-port-attempts",
        "--model-path",
        "--no-enable-chunked-prefill",
        "--no-enable-prefix-caching",
        "--num-dp",
        "--num-servers",
        "--num-speculative-tokens",
        "--pp",
        "--print-screen",
        "--reasoning-config",
        "--reasoning-parser",
        "--served-model-name",
        "--server-offset",
        "--tool-call-parser",
        "--tool-parser-plugin",
        "--tp"
      ],
      "global_proxy.sh": [
        "--access-log-file",
        "--attention-num",
        "--bootstrap-port",
        "--client-body-buffer-size",
        "--core-num",
        "--decode-lb-sdk",
        "--decode-max-num-seqs",
        "--decode-servers-list",
        "--dry-run",
        "--enable-attention-ffn-disaggregation",
        "--enable-internal-metrics",
        "--engine-type",
        "--help",
        "--listen-port",
        "--log-file",
        "--log-level",
        "--metrics-servers-list",
        "--nginx-conf-file",
        "--prefill-lb-sdk",
        "--prefill-max-num-seqs",
        "--prefill-servers-list",
        "--rollback",
        "--start-core-index",
        "--stop",
        "--stream-ops"
      ],
      "omni_proxy.sh": [
        "--access-log-file",
        "--core-num",
        "--decode-endpoints",
        "--decode-pod-size",
        "--dry-run",
        "--help",
        "--keepalive-nginx",
        "--listen-port",
        "--log-file",
        "--log-level",
        "--nginx-conf-file",
        "--no-reuseport",
        "--omni-proxy-decode-groups",
        "--omni-proxy-decode-max-num-seqs",
        "--omni-proxy-max-batch-num-token",
        "--omni-proxy-max-tokens-weight",
        "--omni-proxy-model-path",
        "--omni-proxy-pd-policy",
        "--omni-proxy-prefill-groups",
        "--omni-proxy-prefill-max-num-seqs",
        "--omni-proxy-prefill-starvation-timeout",
        "--omni-proxy-schedule-algo",
        "--prefill-endpoints",
        "--prefill-pod-size",
        "--reload",
        "--rollback",
        "--start-core-index",
        "--stop",
        "--stream-ops"
      ]
    },
    "variables": {
      "ADDITIONAL_CONFIG": {
        "flag": "--additional-config",
        "value": "",
        "exported": false
      },
      "AUTO_USE_UC_MEMORY": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "BASE_API_PORT": {
        "flag": "--base-api-port",
        "value": "9001",
        "exported": false
      },
      "DECODE_POD_NUM": {
        "flag": "--decode-pod-num",
        "value": "1",
        "exported": true
      },
      "DISTRIBUTED_EXECUTOR_BACKEND": {
        "flag": "--distributed-executor-backend",
        "value": "None",
        "exported": false
      },
      "ENABLE_APC_EVENT": {
        "flag": null,
        "value": "0",
        "exported": true
      },
      "ENABLE_OVERWRITE_REQ_IDS": {
        "flag": null,
        "value": "0",
        "exported": true
      },
      "EXTRA_ARGS": {
        "flag": "--extra-args",
        "value": "",
        "exported": false
      },
      "GLOBAL_DECODE_SERVER_IP_LIST": {
        "flag": "--global-decode-server-ip-list",
        "value": "7.242.108.196",
        "exported": true
      },
      "GLOBAL_RANK_TABLE_FILE_PATH": {
        "flag": "--global-rank-table-path",
        "value": "1p1d_save_dir/global_ranktable_merge.json",
        "exported": true
      },
      "GLOO_SOCKET_IFNAME": {
        "flag": "--gloo-socket-ifname",
        "value": "enp23s0f3",
        "exported": true
      },
      "GPU_UTIL": {
        "flag": "--gpu-util",
        "value": "0.9",
        "exported": false
      },
      "HCCL_BUFFSIZE": {
        "flag": "--hccl-buffsize",
        "value": "0",
        "exported": true
      },
      "HCCL_CONNECT_TIMEOUT": {
        "flag": null,
        "value": "1800",
        "exported": true
      },
      "HCCL_EXEC_TIMEOUT": {
        "flag": null,
        "value": "120",
        "exported": true
      },
      "HCCL_INTRA_PCIE_ENABLE": {
        "flag": "--hcc-intra-pcie-enable",
        "value": "0",
        "exported": true
      },
      "HCCL_INTRA_ROCE_ENABLE": {
        "flag": "--hcc-intra-roce-enable",
        "value": "1",
        "exported": true
      },
      "HCCL_OP_EXPANSION_MODE": {
        "flag": "--hccl-op-expansion-mode",
        "value": "",
        "exported": true
      },
      "HCCL_RDMA_TIMEOUT": {
        "flag": null,
        "value": "20",
        "exported": true
      },
      "KV_BUFFER_DEVICE": {
        "flag": "--kv-buffer-device",
        "value": "npu",
        "exported": false
      },
      "KV_CONNECTOR": {
        "flag": "--kv-connector",
        "value": "AscendHcclConnectorV1",
        "exported": false
      },
      "KV_ENGINE_ID": {
        "flag": "--kv-engine-id",
        "value": "0",
        "exported": false
      },
      "KV_PARALLEL_SIZE": {
        "flag": "--kv-parallel-size",
        "value": "2",
        "exported": false
      },
      "KV_PRODUCER_DP_SIZE": {
        "flag": "--kv-producer-dp-size",
        "value": "1",
        "exported": false
      },
      "KV_PRODUCER_PP_SIZE": {
        "flag": "--kv-producer-pp-size",
        "value": "1",
        "exported": false
      },
      "KV_RANK": {
        "flag": "--kv-rank",
        "value": "0",
        "exported": false
      },
      "KV_ROLE": {
        "flag": "--kv-role",
        "value": "kv_producer",
        "exported": false
      },
      "LLM_WAITING_OUT": {
        "flag": "--llm-waiting-out",
        "value": "3600",
        "exported": true
      },
      "LOCAL_DECODE_SERVER_IP_LIST": {
        "flag": "--local-decode-server-ip-list",
        "value": "7.242.108.196",
        "exported": true
      },
      "LOG_DIR": {
        "flag": "--log-dir",
        "value": "apiserverlog",
        "exported": false
      },
      "MASTER_IP": {
        "flag": "--master-ip",
        "value": "7.242.108.64",
        "exported": false
      },
      "MASTER_PORT": {
        "flag": "--master-port",
        "value": "8503",
        "exported": false
      },
      "MAX_MODEL_LEN": {
        "flag": "--max-model-len",
        "value": "4096",
        "exported": false
      },
      "MODEL_PATH": {
        "flag": "--model-path",
        "value": "/home/dsv3/models/DeepSeek-V3-w8a8-0423",
        "exported": false
      },
      "NUM_DP": {
        "flag": "--num-dp",
        "value": "1",
        "exported": false
      },
      "NUM_SERVERS": {
        "flag": "--num-servers",
        "value": "1",
        "exported": false
      },
      "NUM_SPECULATIVE_TOKENS": {
        "flag": "--num-speculative-tokens",
        "value": "1",
        "exported": false
      },
      "OMNI_USE_DSV3": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "PP": {
        "flag": "--pp",
        "value": "1",
        "exported": false
      },
      "PREFILL_POD_NUM": {
        "flag": "--prefill-pod-num",
        "value": "1",
        "exported": true
      },
      "PRINT_SCREEN": {
        "flag": "--print-screen",
        "value": "0",
        "exported": false
      },
      "RANK_TABLE_FILE_PATH": {
        "flag": "--rank-table-path",
        "value": "save_dir_64/local_ranktable_7.242.108.64_0123.json",
        "exported": true
      },
      "RAY_MAX_WORKER_PORT": {
        "flag": "--ray-max-worker-port",
        "value": "19999",
        "exported": false
      },
      "RAY_MIN_WORKER_PORT": {
        "flag": "--ray-min-worker-port",
        "value": "10002",
        "exported": false
      },
      "RAY_PORT": {
        "flag": "--ray-port",
        "value": "6379",
        "exported": false
      },
      "ROLE": {
        "flag": "--role",
        "value": "prefill",
        "exported": true
      },
      "SERVED_MODEL_NAME": {
        "flag": "--served-model-name",
        "value": "deepseek",
        "exported": false
      },
      "SERVER_OFFSET": {
        "flag": "--server-offset",
        "value": "0",
        "exported": true
      },
      "TNG_HOST_COPY": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "TP": {
        "flag": "--tp",
        "value": "4",
        "exported": false
      },
      "TP_SOCKET_IFNAME": {
        "flag": "--tp-socket-ifname",
        "value": "enp23s0f3",
        "exported": true
      },
      "USING_LCCL_COM": {
        "flag": null,
        "value": "0",
        "exported": true
      },
      "VLLM_ENABLE_MC2": {
        "flag": "--vllm-enable-mc2",
        "value": "0",
        "exported": true
      },
      "VLLM_LLMDATADIST_ZMQ_PORT": {
        "flag": "--vllm-llmdatadist-zmq-port",
        "value": "5568",
        "exported": true
      },
      "VLLM_LOGGING_LEVEL": {
        "flag": "--vllm-logging-level",
        "value": "INFO",
        "exported": true
      },
      "VLLM_PP_LAYER_PARTITION": {
        "flag": "--pp-layer-partition",
        "value": "null",
        "exported": true
      },
      "VLLM_USE_V1": {
        "flag": null,
        "value": "1",
        "exported": true
      },
      "VLLM_WORKER_MULTIPROC_METHOD": {
        "flag": null,
        "value": "fork",
        "exported": true
      }
    },
    "extraConfigVariable": "BEST_PRATICE_MODEL_CONFIG_PATH",
    "extraConfigKeys": {
      "parallel": {
        "known": [
          "attn_dies",
          "attn_sp_size",
          "dense_mlp_tp_size",
          "eh_proj_tp_size",
          "enable_share_expert_tp",
          "o_proj_tp_size",
          "redundancy_shared_expert_num"
        ],
        "unknown": "drops"
      },
      "operators": {
        "known": [
          "ascend_operator_fusion_pass_set",
          "attn_prefetch",
          "best_ep",
          "c8_calib_path",
          "cast_w2_scale_f32",
          "control_accept_rate",
          "decode_experts_pruning",
          "decode_flash_comm_1",
          "decode_moe_dispatch_combine",
          "dense_mlp_prefetch",
          "enable_attn_update",
          "enable_c8",
          "enable_dsa",
          "enable_e_score_correction_bias",
          "enable_gmm_swiglu_quant",
          "enable_indexer_quant",
          "enable_kv_rmsnorm_rope_cache",
          "enable_mla_prefill_multistream",
          "enable_mlp_seq_split",
          "enable_moe_prefill_multi_stream",
          "enable_omni_attn_optimization",
          "enable_pipeline_comm",
          "enable_prefill_micro_batch",
          "enable_round_pipeline_comm",
          "enable_scale_parallel",
          "enable_scmoe_multi_stream",
          "enable_topktoppsample_op",
          "expert_down_prefetch",
          "expert_gate_up_prefetch",
          "experts_pruning",
          "fa_quant",
          "gmm_nz",
          "lm_head_prefetch",
          "load_rms_bias",
          "max_split_token_count_threshold",
          "max_split_token_ratio_threshold",
          "merge_qkv",
          "mla_multistream_limit_core",
          "moe_multi_stream_tune",
          "mtp_remove_redundant_kv",
          "new_w4_op",
          "prefill_enable_long_seq",
          "prefill_enable_mla_alltoall",
          "prefill_enable_mla_alltoall_local",
          "prefill_moe_all_to_all",
          "shared_expert_down_prefetch",
          "shared_expert_gate_up_prefetch",
          "shared_experts_to_gmm",
          "tp_nnodes",
          "two_stage_comm",
          "unquant_bmm_nz",
          "use_dcp",
          "use_mlaprolog",
          "use_omni_cache",
          "use_prefetch",
          "use_super_kernel",
          "use_tnd_pa"
        ],
        "unknown": "drops"
      }
    },
    "placementFrom": "additional-config",
    "zeroDisablesMtp": true,
    "passesMtpTokens": true,
    "takenPort": "moves-on",
    "rayHead": [
      "--head",
      "--port=$RAY_PORT",
      "--min-worker-port=$RAY_MIN_WORKER_PORT",
      "--max-worker-port=$RAY_MAX_WORKER_PORT"
    ],
    "comparesLocalHostIp": false,
    "offsetCountsServers": false,
    "hasNzConfig": true,
    "hasProcBind": true,
    "pdPolicies": [
      "sequential",
      "parallel",
      "aggregation"
    ]
  }
},
};
