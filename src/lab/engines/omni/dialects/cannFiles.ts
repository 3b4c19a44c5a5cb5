import { type Imitated, SOURCES } from './dialect.ts';

interface RootFile {
  /** Absolute, in the image. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

const TOOLKIT = '/usr/local/Ascend/ascend-toolkit';
/** What process_nz_config.py is run on, at an A3's place. */
const OPERATORS = `${TOOLKIT}/latest/opp/built-in/op_impl/ai_core/tbe/config/ascend910_93/aic-ascend910_93-ops-info.json`;

/** As OmniInfer's Dockerfiles leave it: only root's ~/.bashrc sets the environment of CANN. */
export function cannFiles(): RootFile[] {
  return [
    file('/root/.bashrc', BASHRC),
    file(`${TOOLKIT}/set_env.sh`, SET_ENV),
    file(`${TOOLKIT}/latest/lib64/libhccl.so`, 'The lab only looks whether it is found: no device is behind it.\n'),
    file(OPERATORS, '{}\n'),
  ];
}

/** Python packages of the image, by path in a folder of packages. OmniInfer's is imported from here unless its code is installed. */
export function sitePackages(dialect: Imitated): Record<string, string> {
  const info = `omni_infer-${SOURCES[dialect].version}.dist-info`;
  return {
    'torch_npu/__init__.py': TORCH_NPU,
    'omni/adaptors/vllm/platform.py': 'import torch_npu\n',
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: omni_infer\nVersion: ${SOURCES[dialect].version}\n`,
    [`${info}/INSTALLER`]: 'pip\n',
    [`${info}/RECORD`]: `omni/adaptors/vllm/platform.py,,\n${info}/METADATA,,\n${info}/INSTALLER,,\n${info}/RECORD,,\n`,
  };
}

const BASHRC = `export ASCEND_TOOLKIT_HOME=${TOOLKIT}/latest
. ${TOOLKIT}/set_env.sh
export LD_LIBRARY_PATH=/usr/local/Ascend/driver/lib64/driver:$LD_LIBRARY_PATH
`;

// names that nothing has set before: a shell with `set -u` ends here
const SET_ENV = `export LD_LIBRARY_PATH=${TOOLKIT}/latest/lib64:$LD_LIBRARY_PATH
export PYTHONPATH=${TOOLKIT}/latest/python/site-packages:$PYTHONPATH
export ASCEND_OPP_PATH=${TOOLKIT}/latest/opp
`;

const TORCH_NPU = `"""Loads CANN's libraries as the dynamic loader finds them."""
import os

_folders = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
if not any(os.path.exists(os.path.join(folder, "libhccl.so")) for folder in _folders):
    raise OSError("libhccl.so: cannot open shared object file: No such file or directory")
`;

function file(path: string, content: string): RootFile {
  return { path, mode: 0o644, content };
}
