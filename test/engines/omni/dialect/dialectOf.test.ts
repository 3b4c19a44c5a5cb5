import { describe, expect, it } from 'vitest';
import type { DialectTexts } from '../../../../src/engines/omni/dialect/dialectFiles.ts';
import { DIALECT_FILES } from '../../../../src/engines/omni/dialect/dialectFiles.ts';
import { dialectOf } from '../../../../src/engines/omni/dialect/dialectOf.ts';
import { codeFiles } from '../../../../src/lab/code.ts';

const PD_RUN = `#!/bin/bash
ROLE="prefill"
LOG_LEVEL="INFO"
USE_V1=1
QUEUE_DEPTH=2
TOKENS=1
NUM_SPECULATIVE_TOKENS=1
print_help() {
    echo "  --not-an-option)   only help"
    HELP=1
    exit 0
}
parse_long_option() {
    case "$1" in
        --role)
            ROLE="$2"
            ;;
        --log-level)
            LOG_LEVEL="$2"
            ;;
        --use-v1)
            USE_V1="$2"
            ;;
        --tokens)
            TOKENS="$2"
            ;;
        --num-speculative-tokens)
            NUM_SPECULATIVE_TOKENS="$2"
            ;;
        --help)
            print_help
            ;;
    esac
}
while [[ $# -gt 0 ]]; do
    case "$1" in
        -h|--help)
            print_help
            ;;
        --*)
            parse_long_option "$1" "$2"
            shift 2
            ;;
    esac
done
export ROLE
export LOG_LEVEL
export USE_V1=1
export PYTHONPATH=/opt/lib:$PYTHONPATH
export CONNECT_TIMEOUT=1800
if [[ -z "$QUEUE" ]]; then
    export QUEUE=2
fi
EXTRA_ARGS="$EXTRA_ARGS --middleware x"
STAMP=$(date)
common() {
  mtp=""
  if [ "$NUM_SPECULATIVE_TOKENS" -ne 0 ]; then
    mtp="--enable-mtp"
  fi
  python start_api_servers.py $mtp
}
if [ "$HOSTS" -gt 1 ]; then
  export USAGE_STATS=0
  ray start --head --port=$RAY_PORT
fi
common
`;

const API_SERVERS = `
def start():
    if not is_port_available(base_api_port):
        raise RuntimeError("taken")
    cmd.extend(["--speculative_config", '{"num_speculative_tokens": ' + str(n) + '}'])

parser.add_argument("--num-servers", type=int, default=2)
parser.add_argument(
    "--gpu-memory-utilization", "--gpu-util",
    dest='gpu_util',
    help="e.g. '--enable-expert-parallel'")
`;

const GLOBAL_PROXY = `while [[ $# -gt 0 ]]; do
    case "$1" in
        --listen-port|-p)
            listen_port="$2"
            ;;
        --dry-run | -d) dry_run=1 ;;
        *)
            exit 1
            ;;
    esac
done
`;

const TEXTS: DialectTexts = {
  [DIALECT_FILES.pdRun]: PD_RUN,
  [DIALECT_FILES.apiServers]: API_SERVERS,
  [DIALECT_FILES.globalProxy]: GLOBAL_PROXY,
  [DIALECT_FILES.pyproject]: '[project]\nname = "omni_infer"\nversion = "0.6.0"\n',
};

const read = (texts: DialectTexts) => dialectOf({ ...TEXTS, ...texts })!;

describe('the dialect of texts', () => {
  it('has the version of the package and the options of each script', () => {
    expect(read({})).toMatchObject({
      version: '0.6.0',
      flags: {
        'pd_run.sh': ['--help', '--log-level', '--num-speculative-tokens', '--role', '--tokens', '--use-v1'],
        'start_api_servers.py': ['--gpu-memory-utilization', '--gpu-util', '--help', '--num-servers'],
        'global_proxy.sh': ['--dry-run', '--listen-port'],
        'omni_proxy.sh': null,
      },
    });
  });

  it('is null without pd_run.sh', () => {
    expect(dialectOf({ [DIALECT_FILES.globalProxy]: GLOBAL_PROXY })).toBeNull();
  });

  it('has no options of a script that is not there', () => {
    expect(dialectOf({ [DIALECT_FILES.pdRun]: PD_RUN })).toMatchObject({
      version: null,
      flags: { 'start_api_servers.py': null, 'global_proxy.sh': null },
      takenPort: 'moves-on',
      passesMtpTokens: false,
    });
  });

  it('lists the variables that pd_run.sh sets over its environment, each with the flag that still changes it', () => {
    expect(read({}).variables).toEqual({
      CONNECT_TIMEOUT: { flag: null, value: '1800', exported: true },
      LOG_LEVEL: { flag: '--log-level', value: 'INFO', exported: true },
      NUM_SPECULATIVE_TOKENS: { flag: '--num-speculative-tokens', value: '1', exported: false },
      QUEUE_DEPTH: { flag: null, value: '2', exported: false },
      ROLE: { flag: '--role', value: 'prefill', exported: true },
      STAMP: { flag: null, value: null, exported: false },
      TOKENS: { flag: '--tokens', value: '1', exported: false },
      USE_V1: { flag: null, value: '1', exported: true },
    });
  });

  it('shows whether 0 tokens switch MTP off, and whether their number reaches the server', () => {
    const always = PD_RUN.replace('-ne 0', '-ne 9');
    const fixed = API_SERVERS.replace(`' + str(n) + '`, '1');
    expect(read({})).toMatchObject({ zeroDisablesMtp: true, passesMtpTokens: true });
    expect(read({ [DIALECT_FILES.pdRun]: always, [DIALECT_FILES.apiServers]: fixed })).toMatchObject({
      zeroDisablesMtp: false,
      passesMtpTokens: false,
    });
  });

  it('shows whether a taken port ends the start', () => {
    expect(read({}).takenPort).toBe('fails');
    expect(read({ [DIALECT_FILES.apiServers]: 'port = find_available_port(start)' }).takenPort).toBe('moves-on');
  });

  it('has the arguments by which pd_run.sh starts ray itself', () => {
    expect(read({}).rayHead).toEqual(['--head', '--port=$RAY_PORT']);
    expect(read({ [DIALECT_FILES.pdRun]: 'ray stop --force' }).rayHead).toBeNull();
  });

  it('has the policies that omni_proxy.sh compares its option with', () => {
    const script = `while [[ $# -gt 0 ]]; do
    case "$1" in
        --other)
            if [[ "$2" != "no" ]]; then exit 1; fi
            shift 2
            ;;
        --omni-proxy-pd-policy)
            if [[ "$2" != "sequential" && "$2" != "parallel" ]]; then
                exit 1
            fi
            shift 2
            ;;
        --last)
            if [[ "$2" != "none" ]]; then exit 1; fi
            ;;
    esac
done`;
    expect(read({ [DIALECT_FILES.omniProxy]: script }).pdPolicies).toEqual(['sequential', 'parallel']);
    expect(read({}).pdPolicies).toEqual([]);
    expect(read({ [DIALECT_FILES.omniProxy]: 'exit 0' }).pdPolicies).toEqual([]);
  });

  it('shows that start_api_servers.py compares LOCAL_HOST_IP', () => {
    expect(read({}).comparesLocalHostIp).toBe(false);
    expect(read({ [DIALECT_FILES.apiServers]: 'os.environ.get("LOCAL_HOST_IP")' }).comparesLocalHostIp).toBe(true);
  });

  it.each([
    ['model_config.py', { [DIALECT_FILES.modelConfig]: 'envs.MODEL_EXTRA_CFG_PATH' }, 'MODEL_EXTRA_CFG_PATH'],
    [
      'loader.py',
      { [DIALECT_FILES.configLoader]: 'os.environ.get("BEST_PRATICE_MODEL_CONFIG_PATH")' },
      'BEST_PRATICE_MODEL_CONFIG_PATH',
    ],
    ['a loader that reads no variable', { [DIALECT_FILES.configLoader]: 'load()' }, null],
  ])('takes the variable of the extra configuration from %s', (_, texts, variable) => {
    expect(read(texts).extraConfigVariable).toBe(variable);
  });

  it('takes the place of the placement settings from the code that reads them', () => {
    const before = { [DIALECT_FILES.modelConfig]: 'omni_placement_config_path: str = None' };
    const since = { [DIALECT_FILES.worker]: 'additional_config.get("enable_omni_placement", False)' };
    expect(read({}).placementFrom).toBeNull();
    expect(read(before).placementFrom).toBe('extra-config');
    expect(read(since).placementFrom).toBe('additional-config');
  });

  it('recognises the code of the lab', () => {
    const paths = new Set<string>(Object.values(DIALECT_FILES));
    const texts = codeFiles('v0.6').filter(({ path }) => paths.has(path));
    const dialect = dialectOf(Object.fromEntries(texts.map(({ path, content }) => [path, String(content)])))!;
    expect(dialect.flags['pd_run.sh']).toEqual(expect.arrayContaining(['--role', '--kv-rank', '--additional-config']));
    expect(dialect.flags['start_api_servers.py']).toEqual(expect.arrayContaining(['--num-servers', '--gpu-util']));
    expect(dialect.flags['global_proxy.sh']).toEqual(expect.arrayContaining(['--listen-port', '--prefill-lb-sdk']));
  });
});
