#!/bin/bash
# Builds the wheels of vllm and omni_infer into build/dist.
set -e
cd "$(dirname "$0")/.."
dist=$PWD/build/dist
rm -rf "$dist"
mkdir -p "$dist"
echo "building vllm"
(cd infer_engines/vllm && SETUPTOOLS_SCM_PRETEND_VERSION=0.9.0 VLLM_TARGET_DEVICE=empty python3 setup.py bdist_wheel -d "$dist")
echo "building omni_infer"
python3 setup.py bdist_wheel -d "$dist"
