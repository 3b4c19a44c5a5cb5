#!/bin/bash
# Starts the API servers of one node of a prefill/decode-disaggregated deployment. Run it from its own folder.

GLOBAL_RANK_TABLE_PATH=
RANK_TABLE_PATH=
LOCAL_DECODE_SERVER_IP_LIST=
GLOBAL_DECODE_SERVER_IP_LIST=
PREFILL_POD_NUM=
GLOO_SOCKET_IFNAME=
TP_SOCKET_IFNAME=
NUM_SERVERS=1
NUM_DP=1
SERVER_OFFSET=0
MODEL_PATH=
MASTER_IP=
MASTER_PORT=8503
BASE_API_PORT=9001
ROLE=
KV_ROLE=
KV_RANK=0
KV_ENGINE_ID=0
KV_PARALLEL_SIZE=2
KV_CONNECTOR=AscendHcclConnectorV1
KV_BUFFER_DEVICE=npu
MAX_MODEL_LEN=4096
TP=4
SERVED_MODEL_NAME=deepseek
GPU_UTIL=0.9
MODEL_EXTRA_CFG_PATH=
ADDITIONAL_CONFIG=
EXTRA_ARGS=
VLLM_ENABLE_MC2=0
HCCL_BUFFSIZE=
HCCL_OP_EXPANSION_MODE=
NUM_SPECULATIVE_TOKENS=1
LOG_DIR=logs
VISIBLE_DEVICES=
DECODE_POD_NUM=1
VLLM_LLMDATADIST_ZMQ_PORT=5568
VLLM_LOGGING_LEVEL=INFO
HCCL_INTRA_ROCE_ENABLE=1
HCCL_INTRA_PCIE_ENABLE=0

print_help() {
  cat <<'END'
usage: pd_run.sh [--OPTION VALUE]...
  --global-rank-table-path --rank-table-path --local-decode-server-ip-list --global-decode-server-ip-list
  --prefill-pod-num --gloo-socket-ifname --tp-socket-ifname --num-servers --num-dp --server-offset
  --model-path --master-ip --master-port --base-api-port --role --kv-role --kv-rank --kv-engine-id
  --kv-parallel-size --kv-connector --kv-buffer-device --max-model-len --tp --served-model-name
  --ascend-rt-visible-devices --model-extra-cfg-path --gpu-util --additional-config --vllm-enable-mc2
  --extra-args --hccl-buffsize --hccl-op-expansion-mode --num-speculative-tokens --log-dir --decode-pod-num
  --vllm-llmdatadist-zmq-port --vllm-logging-level --hcc-intra-roce-enable --hcc-intra-pcie-enable --help
END
}

while [ $# -gt 0 ]; do
  case $1 in
    --global-rank-table-path) GLOBAL_RANK_TABLE_PATH=$2 ;;
    --rank-table-path) RANK_TABLE_PATH=$2 ;;
    --local-decode-server-ip-list) LOCAL_DECODE_SERVER_IP_LIST=$2 ;;
    --global-decode-server-ip-list) GLOBAL_DECODE_SERVER_IP_LIST=$2 ;;
    --prefill-pod-num) PREFILL_POD_NUM=$2 ;;
    --gloo-socket-ifname) GLOO_SOCKET_IFNAME=$2 ;;
    --tp-socket-ifname) TP_SOCKET_IFNAME=$2 ;;
    --num-servers) NUM_SERVERS=$2 ;;
    --num-dp) NUM_DP=$2 ;;
    --server-offset) SERVER_OFFSET=$2 ;;
    --model-path) MODEL_PATH=$2 ;;
    --master-ip) MASTER_IP=$2 ;;
    --master-port) MASTER_PORT=$2 ;;
    --base-api-port) BASE_API_PORT=$2 ;;
    --role) ROLE=$2 ;;
    --kv-role) KV_ROLE=$2 ;;
    --kv-rank) KV_RANK=$2 ;;
    --kv-engine-id) KV_ENGINE_ID=$2 ;;
    --kv-parallel-size) KV_PARALLEL_SIZE=$2 ;;
    --kv-connector) KV_CONNECTOR=$2 ;;
    --kv-buffer-device) KV_BUFFER_DEVICE=$2 ;;
    --max-model-len) MAX_MODEL_LEN=$2 ;;
    --tp) TP=$2 ;;
    --served-model-name) SERVED_MODEL_NAME=$2 ;;
    --ascend-rt-visible-devices) VISIBLE_DEVICES=$2 ;;
    --model-extra-cfg-path) MODEL_EXTRA_CFG_PATH=$2 ;;
    --gpu-util) GPU_UTIL=$2 ;;
    --additional-config) ADDITIONAL_CONFIG=$2 ;;
    --vllm-enable-mc2) VLLM_ENABLE_MC2=$2 ;;
    --extra-args) EXTRA_ARGS=$2 ;;
    --hccl-buffsize) HCCL_BUFFSIZE=$2 ;;
    --hccl-op-expansion-mode) HCCL_OP_EXPANSION_MODE=$2 ;;
    --num-speculative-tokens) NUM_SPECULATIVE_TOKENS=$2 ;;
    --log-dir) LOG_DIR=$2 ;;
    --decode-pod-num) DECODE_POD_NUM=$2 ;;
    --vllm-llmdatadist-zmq-port) VLLM_LLMDATADIST_ZMQ_PORT=$2 ;;
    --vllm-logging-level) VLLM_LOGGING_LEVEL=$2 ;;
    --hcc-intra-roce-enable) HCCL_INTRA_ROCE_ENABLE=$2 ;;
    --hcc-intra-pcie-enable) HCCL_INTRA_PCIE_ENABLE=$2 ;;
    --help) print_help; exit 0 ;;
    # the real script exits 0 here too: a typo looks like success
    *) echo "Error: unknown option $1"; print_help; exit 0 ;;
  esac
  shift
  shift
done

export GLOBAL_RANK_TABLE_FILE_PATH=$GLOBAL_RANK_TABLE_PATH RANK_TABLE_FILE_PATH=$RANK_TABLE_PATH
export LOCAL_DECODE_SERVER_IP_LIST GLOBAL_DECODE_SERVER_IP_LIST ROLE PREFILL_POD_NUM
export DECODE_POD_NUM VLLM_LLMDATADIST_ZMQ_PORT
export HCCL_INTRA_ROCE_ENABLE HCCL_INTRA_PCIE_ENABLE GLOO_SOCKET_IFNAME TP_SOCKET_IFNAME
export VLLM_LOGGING_LEVEL VLLM_USE_V1=1 VLLM_WORKER_MULTIPROC_METHOD=fork
export SERVER_OFFSET MODEL_EXTRA_CFG_PATH USING_LCCL_COM=0 OMNI_USE_DSV3=1 VLLM_ENABLE_MC2
export HCCL_CONNECT_TIMEOUT=1800 HCCL_EXEC_TIMEOUT=120 HCCL_BUFFSIZE HCCL_OP_EXPANSION_MODE
export TNG_HOST_COPY=1 AUTO_USE_UC_MEMORY=1 TASK_QUEUE_ENABLE=2 ENABLE_OVERWRITE_REQ_IDS=1
export PYTORCH_NPU_ALLOC_CONF=expandable_segments:True ASCEND_GLOBAL_LOG_LEVEL=3
[ -z "$VISIBLE_DEVICES" ] || export ASCEND_RT_VISIBLE_DEVICES=$VISIBLE_DEVICES

KV_TRANSFER_CONFIG=$(
  cat <<END
{"kv_connector":"$KV_CONNECTOR","kv_buffer_device":"$KV_BUFFER_DEVICE","kv_role":"$KV_ROLE","kv_rank":$KV_RANK,"engine_id":$KV_ENGINE_ID,"kv_parallel_size":$KV_PARALLEL_SIZE}
END
)

exec python3 start_api_servers.py \
  --num-servers "$NUM_SERVERS" --num-dp "$NUM_DP" --server-offset "$SERVER_OFFSET" \
  --model-path "$MODEL_PATH" --base-api-port "$BASE_API_PORT" --master-ip "$MASTER_IP" --master-port "$MASTER_PORT" \
  --gpu-util "$GPU_UTIL" --tp "$TP" --served-model-name "$SERVED_MODEL_NAME" --max-model-len "$MAX_MODEL_LEN" \
  --kv-transfer-config "$KV_TRANSFER_CONFIG" --extra-args "$EXTRA_ARGS" --additional-config "$ADDITIONAL_CONFIG" \
  --log-dir "$LOG_DIR" --enable-mtp --num-speculative-tokens "$NUM_SPECULATIVE_TOKENS"
