import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { basePlacement, parseNpy, writeNpyInt64, writePattern } from '../placement/index.ts';
import { type Imitated, SOURCES } from './engines/omni/dialects/dialect.ts';
import { dialectFiles } from './engines/omni/dialects/tree.ts';
import apiServer from './engines/omni/scripts/api_server.py';
import buildScript from './engines/omni/scripts/build.sh';
import { type WheelFile, wheel } from './image/wheel.ts';

/** A file of the lab's stand-in for OmniInfer's source tree; `path` is relative to `omniinfer/`. */
export interface CodeFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string | Uint8Array;
}

const PLACEMENT_VERSION = '0.7.2.2';

/** OmniInfer's tree as far as deployments touch it. */
export function codeFiles(dialect: Imitated): CodeFile[] {
  return [
    text('README.md', "The lab's imitation of OmniInfer: its layout, its commands, a simulated engine.\n"),
    text('pyproject.toml', pyproject('omni_infer', SOURCES[dialect].version)),
    text('setup.py', SETUP_NAMESPACE),
    script('build/build.sh', buildScript),
    text('infer_engines/vllm/pyproject.toml', pyproject('vllm', '0.9.0')),
    text('infer_engines/vllm/setup.py', setup(['vllm', 'vllm.entrypoints', 'vllm.entrypoints.openai'])),
    ...Object.entries(vllmPackage()).map(([path, content]) => text(`infer_engines/vllm/${path}`, content)),
    ...dialectFiles(dialect),
    text('omni/accelerators/placement/pyproject.toml', pyproject('omni_placement', PLACEMENT_VERSION)),
    text('omni/accelerators/placement/setup.py', setup(['omni_placement'])),
    text('omni/accelerators/placement/omni_placement/__init__.py', `__version__ = "${PLACEMENT_VERSION}"\n`),
    binary(
      'omni/accelerators/placement/patterns/base_patterns/DSV3_baseline_8_devices_58_MoE_Layers.npy',
      basePattern(8, 58, 256),
    ),
    text('tests/test_config/test_config_prefill.json', extraConfig('config_p.yaml', 1)),
    text('tests/test_config/test_config_decode.json', extraConfig('config_d.yaml', 64)),
    text('tests/test_config/config_p.yaml', testConfig(false)),
    text('tests/test_config/config_d.yaml', testConfig(true)),
  ];
}

/** Writes `folder/omniinfer`, as `code_path` wants it. */
export async function writeLabCode(folder: string, dialect: Imitated): Promise<void> {
  for (const { path, mode, content } of codeFiles(dialect)) {
    const file = join(folder, 'omniinfer', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, mode);
  }
}

/** Writes the wheels a deployment installs; gives their paths. */
export async function writeLabWheels(folder: string, dialect: Imitated): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const wheels = [
    labWheel('omni_infer', SOURCES[dialect].version),
    labWheel('omni_placement', PLACEMENT_VERSION),
    wheel('vllm', '0.9.0', vllmPackage()),
  ];
  for (const { name, bytes } of wheels) await writeFile(join(folder, name), bytes);
  return wheels.map(({ name }) => join(folder, name));
}

/** A pure-Python wheel of the lab; `build` tells two of the same version apart. */
export function labWheel(name: string, version: string, build = 'lab'): WheelFile {
  return wheel(name, version, { [`${name}/__init__.py`]: `__version__ = "${version}"\nbuild = "${build}"\n` });
}

/** Files of the `vllm` package, as far as a deployment starts it by its modules. */
export function vllmPackage(): Record<string, string> {
  return {
    'vllm/__init__.py': '__version__ = "0.9.0"\n',
    'vllm/entrypoints/__init__.py': '',
    'vllm/entrypoints/openai/__init__.py': '',
    'vllm/entrypoints/openai/api_server.py': apiServer,
  };
}

/** OmniPlacement's base pattern file: contiguous, int64, shape (ranks, layers, experts). */
export function basePattern(ranks: number, layers: number, experts: number): Uint8Array {
  const { shape, data } = parseNpy(writePattern(basePlacement(layers, ranks, experts)));
  return writeNpyInt64(shape, data as Int32Array);
}

function testConfig(roundRobin: boolean): string {
  return `pattern_path: null
max_moe_layer_num: 58
enable_dynamic: False
max_redundant_per_expert: 1
max_redundant_per_rank: 0
enable_rank_round_robin: ${roundRobin ? 'True' : 'False'}
enable_dump: False
dump_dir: null
`;
}

function extraConfig(placement: string, dpSize: number): string {
  const config = {
    model_parallel_config: { dense_mlp_tp_size: 4, o_proj_tp_size: 1, dp_size: dpSize },
    operator_optimizition_config: {
      enable_kv_rmsnorm_rope_cache: true,
      prefill_moe_all_to_all: true,
      best_ep: false,
      use_omni_placement: true,
      omni_placement_config_path: `../../tests/test_config/${placement}`,
      control_accept_rate: -1,
    },
  };
  return `${JSON.stringify(config, null, 4)}\n`;
}

// `omni` has no __init__.py: it is a package without a file of its own
const SETUP_NAMESPACE =
  'import torch_npu\nfrom setuptools import find_namespace_packages, setup\n\nsetup(packages=find_namespace_packages(include=["omni*"]))\n';

function setup(packages: readonly string[]): string {
  return `import torch_npu\nfrom setuptools import setup\n\nsetup(packages=${JSON.stringify(packages)})\n`;
}

function pyproject(name: string, version: string): string {
  return `[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "${name}"\nversion = "${version}"\n`;
}

function text(path: string, content: string): CodeFile {
  return { path, mode: 0o644, content };
}

function script(path: string, content: string): CodeFile {
  return { path, mode: 0o755, content };
}

function binary(path: string, content: Uint8Array): CodeFile {
  return { path, mode: 0o644, content };
}
