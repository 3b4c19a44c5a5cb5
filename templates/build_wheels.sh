# Builds the wheels of vllm, omni_infer and omni_placement as OmniInfer's guides do, in a copy of the code: the code itself
# stays as it was synced. Run in the container. $1 folder of the code, $2 folder the wheels go to.
set -eu
code=$1 out=$2
fail() {
  echo "$1" >&2
  exit 1
}
[ -d "$code/infer_engines/vllm" ] || fail "no infer_engines/vllm in $code: put vllm v0.9.0 there, in a folder of that name"
[ -f "$code/build/build.sh" ] || fail "no build/build.sh in $code: is this OmniInfer's source tree?"
[ -f "$code/omni/accelerators/placement/setup.py" ] || fail "no omni/accelerators/placement/setup.py in $code"

work=$out.work
rm -rf "$work" "$out"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work" "$out"
cp -a "$code" "$work/omniinfer"

cd "$work/omniinfer"
bash build/build.sh
cd omni/accelerators/placement
python3 setup.py bdist_wheel
cd "$work/omniinfer"
mv build/dist/*.whl omni/accelerators/placement/dist/*.whl "$out"
ls "$out"
