#!/bin/bash
# Writes the proxy's nginx configuration and (re)starts nginx with it.
set -u

conf=/usr/local/nginx/conf/nginx.conf
start_core=0
cores=4
port=8080
prefill_list=
decode_list=
metrics_list=
internal_metrics=
body_buffer=1024K
log_file=
log_level=
prefill_lb=pd_score_balance
decode_lb=pd_score_balance
prefill_seqs=16
decode_seqs=32
engine=vllm
bootstrap_port=
dry_run=
stop=
rollback=

usage() {
  cat <<'END'
usage: global_proxy.sh [options]
  -f, --nginx-conf-file FILE       configuration to write
  -s, --start-core-index N         first CPU core of the workers
  -c, --core-num N                 workers, one core each
  -p, --listen-port PORT           1024..65500
      --prefill-servers-list LIST  ip:port,...
      --decode-servers-list LIST   ip:port,...
      --metrics-servers-list LIST, --enable-internal-metrics [SIZE]
      --client-body-buffer-size SIZE
  -l, --log-file FILE, --log-level LEVEL
      --prefill-lb-sdk NAME, --decode-lb-sdk NAME
      --prefill-max-num-seqs N, --decode-max-num-seqs N
      --engine-type vllm|sglang, --bootstrap-port PORT
  -d, --dry-run   -S, --stop   -R, --rollback   -h, --help
END
}

fail() {
  echo "global_proxy.sh: $*" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    -d | --dry-run) dry_run=1; shift; continue ;;
    -S | --stop) stop=1; shift; continue ;;
    -R | --rollback) rollback=1; shift; continue ;;
    -h | --help) usage; exit 0 ;;
    --enable-internal-metrics)
      internal_metrics=128k
      shift
      case ${1:--} in -*) ;; *) internal_metrics=$1; shift ;; esac
      continue ;;
    -*) [ $# -ge 2 ] || fail "option $1 needs a value" ;;
    *) fail "unknown argument $1" ;;
  esac
  case $1 in
    -f | --nginx-conf-file) conf=$2 ;;
    -s | --start-core-index) start_core=$2 ;;
    -c | --core-num) cores=$2 ;;
    -p | --listen-port) port=$2 ;;
    --prefill-servers-list) prefill_list=$2 ;;
    --decode-servers-list) decode_list=$2 ;;
    --metrics-servers-list) metrics_list=$2 ;;
    --client-body-buffer-size) body_buffer=$2 ;;
    -l | --log-file) log_file=$2 ;;
    --log-level) log_level=$2 ;;
    --prefill-lb-sdk) prefill_lb=$2 ;;
    --decode-lb-sdk) decode_lb=$2 ;;
    --prefill-max-num-seqs) prefill_seqs=$2 ;;
    --decode-max-num-seqs) decode_seqs=$2 ;;
    --engine-type) engine=$2 ;;
    --bootstrap-port) bootstrap_port=$2 ;;
    *) fail "unknown option $1" ;;
  esac
  shift 2
done

pid_file=$(dirname "$(dirname "$conf")")/logs/nginx.pid

# a pid file may be left from before a restart of the container
stop_nginx() {
  [ -f "$pid_file" ] || return 0
  local pid
  pid=$(cat "$pid_file")
  case $(cat "/proc/$pid/comm" 2>/dev/null) in nginx*) ;; *) rm -f "$pid_file"; return 0 ;; esac
  kill -15 "$pid" 2>/dev/null
  for _ in $(seq 50); do
    [ -d "/proc/$pid" ] || return 0
    sleep 0.1
  done
  fail "nginx ($pid) does not stop"
}

balance() { # name, role, seqs
  case $1 in
    pd_score_balance) printf '        pd_score_balance %s;\n        pd_score_balance_max_num_seqs %s;\n' "$2" "$3" ;;
    prefill_score_balance | weighted_least_active | greedy_timeout | least_total_load | auto_balance_controller | length_balance)
      printf '        %s on;\n' "$1" ;;
    round_robin) printf '        round_robin on;\n' ;;
    *) printf '        least_conn;\n' ;;
  esac
}

upstream() { # name, list, lb, role, seqs
  echo "    upstream $1 {"
  balance "$3" "$4" "$5"
  local server
  for server in ${2//,/ }; do echo "        server $server max_fails=3 fail_timeout=10s;"; done
  printf '        keepalive 2048;\n        keepalive_timeout 110s;\n        keepalive_requests 20000;\n    }\n'
}

affinity() {
  local worker mask
  for ((worker = 0; worker < cores; worker++)); do
    printf -v mask '%*s' $((start_core + worker)) ''
    printf ' 1%s' "${mask// /0}"
  done
}

write_conf() {
  echo "worker_processes $cores;"
  echo "worker_cpu_affinity$(affinity);"
  echo 'worker_rlimit_nofile 102400;'
  [ -z "$log_file" ] || echo "error_log $log_file ${log_level:-error};"
  printf 'events {\n    worker_connections 102400;\n    multi_accept on;\n    accept_mutex off;\n    use epoll;\n}\n'
  printf 'http {\n    client_max_body_size 100m;\n    client_body_buffer_size %s;\n' "$body_buffer"
  printf '    proxy_read_timeout 14400s;\n    subrequest_output_buffer_size 1m;\n'
  upstream prefill_servers "$prefill_list" "$prefill_lb" prefill "$prefill_seqs"
  upstream decode_servers "$decode_list" "$decode_lb" decode "$decode_seqs"
  [ -z "$metrics_list" ] || echo "    # metrics: $metrics_list ${internal_metrics}"
  cat <<END
    server {
        listen $port reuseport;
        location /v1 { proxy_pass http://prefill_servers; }
        location ~ ^/v1(/chat)?/completions\$ {
            set_request_id on;
            prefill /prefill_internal;
            proxy_pass http://decode_servers;
        }
        location /prefill_internal { internal; proxy_pass http://prefill_servers; }
    }
}
END
}

if [ -n "$stop" ]; then
  stop_nginx
  echo 'nginx stopped'
  exit 0
fi
if [ -n "$rollback" ]; then
  [ -f "$conf.bak" ] || fail "there is no $conf.bak to roll back to"
  mv "$conf.bak" "$conf"
else
  [[ $port =~ ^[0-9]+$ ]] && [ "$port" -ge 1024 ] && [ "$port" -le 65500 ] || fail "listen port must be 1024..65500, not '$port'"
  [ -n "$prefill_list" ] || fail '--prefill-servers-list is required'
  [ -n "$decode_list" ] || fail '--decode-servers-list is required'
  [[ $engine == vllm || $engine == sglang ]] || fail "engine type must be vllm or sglang, not '$engine'"
  [ "$engine" = vllm ] || [ -n "$bootstrap_port" ] || fail 'sglang needs --bootstrap-port'
  if [ -n "$dry_run" ]; then
    write_conf
    exit 0
  fi
  mkdir -p "$(dirname "$conf")"
  [ ! -f "$conf" ] || cp "$conf" "$conf.bak"
  write_conf >"$conf"
fi
stop_nginx
nginx -t -c "$conf" || exit 1
exec nginx -c "$conf"
