"""Starts one API server per data-parallel rank of this node and ends them all when one ends."""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time


def main():
    args = parse_args()
    num_dp = args.num_servers if args.num_dp is None else args.num_dp
    if num_dp < args.num_servers:
        raise ValueError(f"num_dp ({num_dp}) must not be smaller than num_servers ({args.num_servers})")
    if args.additional_config:
        json.loads(args.additional_config)
    if not is_free(args.base_api_port):
        raise RuntimeError(f"base API port {args.base_api_port} is in use")
    os.makedirs(args.log_dir, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    servers = []
    try:
        start(args, num_dp, servers)
        supervise(servers)
    finally:
        end(servers)


def start(args, num_dp, servers):
    taken = set()
    for rank in range(args.num_servers):
        port = next_port(args.base_api_port + rank, args.max_port_attempts, taken)
        taken.add(port)
        dp_rank = str(rank + args.server_offset // args.tp)
        env = dict(
            os.environ,
            VLLM_DP_SIZE=str(num_dp),
            VLLM_DP_RANK=dp_rank,
            VLLM_DP_RANK_LOCAL=dp_rank,
            VLLM_DP_MASTER_IP=args.master_ip,
            VLLM_DP_MASTER_PORT=str(args.master_port),
        )
        log = open(os.path.join(args.log_dir, f"server_{rank}.log"), "w")
        servers.append(subprocess.Popen(command(args, port), env=env, stdout=log, stderr=subprocess.STDOUT))
        print(f"server {rank} (dp rank {dp_rank}) starts on port {port}", flush=True)


def command(args, port):
    words = [
        "vllm", "serve", args.model_path,
        "--trust-remote-code",
        "--gpu-memory-utilization", str(args.gpu_util),
        "--block_size", str(args.block_size),
        "--tensor-parallel-size", str(args.tp),
        "--data-parallel-size", "1",
        "--data-parallel-size-local", "1",
        "--data-parallel-address", args.master_ip,
        "--data-parallel-rpc-port", str(args.master_port),
        "--port", str(port),
        "--served-model-name", args.served_model_name,
        "--max-model-len", str(args.max_model_len),
    ]
    if args.enable_mtp:
        speculative = {"method": "deepseek_mtp", "num_speculative_tokens": args.num_speculative_tokens}
        words += ["--speculative_config", json.dumps(speculative)]
    if args.kv_transfer_config:
        words += ["--kv-transfer-config", args.kv_transfer_config]
    if args.no_enable_prefix_caching:
        words += ["--no-enable-prefix-caching"]
    if args.no_enable_chunked_prefill:
        words += ["--no-enable-chunked-prefill"]
    words += args.extra_args.split()
    if args.additional_config:
        words += ["--additional-config", args.additional_config]
    return words


def next_port(first, attempts, taken):
    for port in range(first, first + attempts):
        if port not in taken and is_free(port):
            return port
    raise RuntimeError(f"no free port among {attempts} from {first} on")


def is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
            return True
        except OSError:
            return False


def supervise(servers):
    while True:
        for rank, server in enumerate(servers):
            code = server.poll()
            if code is not None:
                print(f"server {rank} exited with code {code}", flush=True)
                return
        time.sleep(1)


def end(servers):
    for server in servers:
        server.terminate()
    for server in servers:
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            server.kill()


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num-servers", type=int, default=2)
    parser.add_argument("--num-dp", type=int, default=None)
    parser.add_argument("--server-offset", type=int, default=0)
    parser.add_argument("--model-path", required=True)
    parser.add_argument("--base-api-port", type=int, default=9000)
    parser.add_argument("--master-ip", required=True)
    parser.add_argument("--master-port", type=int, default=8000)
    parser.add_argument("--gpu-util", type=float, default=0.9)
    parser.add_argument("--block-size", type=int, default=128)
    parser.add_argument("--tp", type=int, default=1)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--max-model-len", type=int, default=16384)
    parser.add_argument("--max-port-attempts", type=int, default=20)
    parser.add_argument("--kv-transfer-config", default="")
    parser.add_argument("--extra-args", default="")
    parser.add_argument("--additional-config", default="")
    parser.add_argument("--log-dir", default="logs")
    parser.add_argument("--enable-mtp", action="store_true")
    parser.add_argument("--no-enable-prefix-caching", action="store_true")
    parser.add_argument("--no-enable-chunked-prefill", action="store_true")
    parser.add_argument("--num-speculative-tokens", type=int, default=1)
    return parser.parse_args()


main()
