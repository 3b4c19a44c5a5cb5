import wrapper from '../scripts/global_proxy_wrapper.sh';
import nzConfig from '../scripts/process_nz_config.py';
import { apiServersScript } from './apiServers.ts';
import { type Imitated, isIn } from './dialect.ts';
import { type ExtraConfigKeys, extraConfigKeysOf } from './extraConfigKeys.ts';
import { globalProxyScript } from './globalProxy.ts';
import { pdRunScript } from './pdRun.ts';

interface TreeFile {
  /** In OmniInfer's source tree. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** What a version's source tree has of its own: scripts, and files that show what its engine reads. */
export function dialectFiles(dialect: Imitated): TreeFile[] {
  const isNew = isIn(dialect, { since: 'v0.6' });
  return [
    script('tools/scripts/pd_run.sh', pdRunScript(dialect)),
    text('tools/scripts/start_api_servers.py', apiServersScript(dialect)),
    script('tools/scripts/global_proxy.sh', wrapper),
    ...(isIn(dialect, { since: 'v0.4' }) ? [text('tools/scripts/process_nz_config.py', nzConfig)] : []),
    ...(isIn(dialect, { since: 'v0.5' }) ? [text(`${PROC_BIND}/proc_marker_namelist.yml`, MARKERS)] : []),
    script('omni/accelerators/sched/global_proxy/global_proxy.sh', globalProxyScript(dialect)),
    text('omni/adaptors/vllm/platform.py', PLATFORM),
    ...(isNew ? loaderOfNow(dialect) : [text('omni/models/common/config/model_config.py', modelConfig(dialect))]),
    text('omni/accelerators/placement/config.yaml', isNew ? CONFIG_OF_NOW : CONFIG),
  ];
}

function loaderOfNow(dialect: Imitated): TreeFile[] {
  const variable = isIn(dialect, { since: '2026-03' }) ? 'BEST_PRATICE_MODEL_CONFIG_PATH' : null;
  return [
    text('omni/models/config_loader/loader.py', loader(dialect, variable)),
    text('omni/adaptors/vllm/worker/npu_worker.py', NPU_WORKER),
  ];
}

// the lab's engine marks none of its processes
const PROC_BIND = 'omni/tools/profiler/proc_bind';
const MARKERS = 'type: marker\ntargets: []\n';

// what makes an import of OmniInfer need the environment of ~/.bashrc
const PLATFORM = 'import torch_npu\n';

function modelConfig(dialect: Imitated): string {
  return `"""What the lab's engine reads as its extra configuration."""
FILE_FROM = "MODEL_EXTRA_CFG_PATH"
PLACEMENT_FROM = ("use_omni_placement", "omni_placement_config_path")
${sections(dialect, { parallel: 'section', operators: isIn(dialect, { until: 'v0.3' }) ? 'section' : 'filtered' })}`;
}

const NPU_WORKER = `"""What switches OmniPlacement on in the lab's engine: --additional-config."""
PLACEMENT_FROM = ("enable_omni_placement", "omni_placement_config")
`;

function loader(dialect: Imitated, variable: string | null): string {
  const from = variable === null ? 'None' : `"${variable}"`;
  return `"""What the lab's engine reads as its extra configuration: by default a file chosen by model and numbers of instances."""
FILE_FROM = ${from}
${sections(dialect, { parallel: 'filtered', operators: 'filtered' })}`;
}

/** The keys of each section in the loader, and whether it is called with the section as it is or with what a filter leaves. */
function sections(dialect: Imitated, called: Readonly<Record<keyof ExtraConfigKeys, 'section' | 'filtered'>>): string {
  const keys = extraConfigKeysOf(dialect);
  const section = (name: string, part: keyof ExtraConfigKeys) => `

class ${name}:
${keys[part].map((key) => `    ${key}: object\n`).join('')}

def load_${part}(${called[part]}):
    return ${name}(**${called[part]})
`;
  return section('ModelParallelConfig', 'parallel') + section('ModelOperatorOptConfig', 'operators');
}

const CONFIG = `pattern_path: "../patterns/base_patterns/DSV3_baseline_16_devices_58_MoE_Layers.npy"
max_moe_layer_num: 58
enable_dynamic: False
max_redundant_per_expert: 10
max_redundant_per_rank: 1
max_batch_size: 100000
max_top_k: 8
enable_dump: True
dump_dir: "../dump_data"
`;

/** Settings that --additional-config is laid over. */
const CONFIG_OF_NOW = `pattern_path: null
max_moe_layer_num: 58
enable_dynamic: False
max_redundant_per_expert: 1
max_redundant_per_rank: 0
enable_rank_round_robin: True
enable_dump: False
dump_dir: "../dump_data"
max_batch_size: 100000
max_top_k: 8
`;

function text(path: string, content: string): TreeFile {
  return { path, mode: 0o644, content };
}

function script(path: string, content: string): TreeFile {
  return { path, mode: 0o755, content };
}
