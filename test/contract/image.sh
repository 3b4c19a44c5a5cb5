#!/bin/bash
# image.sh OUT, in the cell: turns it into what an image of OmniInfer is to start scripts, then starts the nodes.
out=$1

# programs that need devices, or would change the host, are recorded instead
mkdir -p /recorders /data /var/lib/omniplace /usr/local/nginx/conf /usr/local/nginx/modules
for program in vllm ray nginx pip npu-smi crontab systemctl; do ln -s /contract/recorder.sh "/recorders/$program"; done
ln -s /contract/shortSleep.sh /recorders/sleep
ln -sf /usr/bin/python3 /recorders/python
# global_proxy.sh looks here first
ln -sf /contract/recorder.sh /usr/sbin/nginx

# vLLM as a module, which `mixed` starts
package=/usr/lib/python3/dist-packages/vllm/entrypoints/openai
mkdir -p "$package"
touch "$package/__init__.py" "$package/../__init__.py" "$package/../../__init__.py"
echo 'import os, sys; os.execvp("vllm", ["vllm", "serve", *sys.argv[1:]])' >"$package/api_server.py"

# CANN: its libraries are found by ~/.bashrc alone, which uses names that are not set and may end early
mkdir -p /opt/cann/lib64
touch /opt/cann/lib64/libhccl.so
cat >/root/.bashrc <<'TEXT'
export LD_LIBRARY_PATH=/opt/cann/lib64:$LD_LIBRARY_PATH
export OF_BASHRC=$PS1$OF_NOTHING.
[[ $- == *i* ]] || return 1
TEXT
operators=/usr/local/Ascend/ascend-toolkit/latest/opp/built-in/op_impl/ai_core/tbe/config/ascend910_93
mkdir -p "$operators"
echo '{"Reshape": {"input0": {"dtype": "int8"}}}' >"$operators/aic-ascend910_93-ops-info.json"

[ ! -d "$out/files" ] || cp -r "$out/files/." /
exec bash -u "$out/nodes.sh"
