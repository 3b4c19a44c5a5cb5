import type { Dialect } from './dialect.ts';
import { DIALECT_FILES, type DialectTexts } from './dialectFiles.ts';
import { argparseFlags, dataclassFields, shellFlags, shellVariables, valuesOfFlag } from './scriptTexts.ts';

/** The dialect that these texts show; null: pd_run.sh is not among them, so this is not the code of OmniInfer. */
export function dialectOf(texts: DialectTexts): Dialect | null {
  const pdRun = texts[DIALECT_FILES.pdRun];
  if (pdRun === undefined) return null;
  const apiServers = texts[DIALECT_FILES.apiServers];
  const globalProxy = texts[DIALECT_FILES.globalProxy];
  const omniProxy = texts[DIALECT_FILES.omniProxy];
  return {
    version: versionOf(texts[DIALECT_FILES.pyproject]),
    flags: {
      'pd_run.sh': shellFlags(pdRun),
      'start_api_servers.py': apiServers === undefined ? null : argparseFlags(apiServers),
      'global_proxy.sh': globalProxy === undefined ? null : shellFlags(globalProxy),
      'omni_proxy.sh': omniProxy === undefined ? null : shellFlags(omniProxy),
    },
    variables: shellVariables(pdRun),
    extraConfigVariable: extraConfigVariable(texts),
    extraConfigKeys: extraConfigKeys(texts),
    placementFrom: placementFrom(texts),
    zeroDisablesMtp: /NUM_SPECULATIVE_TOKENS"?\s+-(ne|gt|eq)\s+0\b/.test(pdRun),
    passesMtpTokens: apiServers !== undefined && !/"num_speculative_tokens":\s*\d/.test(apiServers),
    takenPort: /not is_(port_available|free)\((args\.)?base_api_port\)/.test(apiServers ?? '') ? 'fails' : 'moves-on',
    rayHead: rayHead(pdRun),
    comparesLocalHostIp: apiServers?.includes('LOCAL_HOST_IP') ?? false,
    offsetCountsServers: /rank \+ (args\.)?server_offset\)/.test(apiServers ?? ''),
    hasNzConfig: texts[DIALECT_FILES.nzConfig] !== undefined,
    hasProcBind: texts[DIALECT_FILES.procBind] !== undefined,
    pdPolicies: valuesOfFlag(omniProxy ?? '', '--omni-proxy-pd-policy'),
  };
}

function versionOf(pyproject: string | undefined): string | null {
  return /^version\s*=\s*"([^"]+)"/m.exec(pyproject ?? '')?.[1] ?? null;
}

/** Two spellings of two times; the second is theirs. */
function extraConfigVariable(texts: DialectTexts): string | null {
  const readers = [texts[DIALECT_FILES.modelConfig], texts[DIALECT_FILES.configLoader]].join('\n');
  return ['MODEL_EXTRA_CFG_PATH', 'BEST_PRATICE_MODEL_CONFIG_PATH'].find((name) => readers.includes(name)) ?? null;
}

function extraConfigKeys(texts: DialectTexts): Dialect['extraConfigKeys'] {
  const loader = texts[DIALECT_FILES.modelConfig] ?? texts[DIALECT_FILES.configLoader] ?? '';
  const keysOf = (name: string) => {
    const known = dataclassFields(loader, name);
    // it is called with the whole section, or with what a filter leaves of it
    const unknown = new RegExp(`\\b${name}\\(\\*\\*(?!\\w*filter)`).test(loader)
      ? ('ends' as const)
      : ('drops' as const);
    return known.length === 0 ? null : { known, unknown };
  };
  const parallel = keysOf('ModelParallelConfig');
  const operators = keysOf('ModelOperatorOptConfig');
  return parallel === null || operators === null ? null : { parallel, operators };
}

function placementFrom(texts: DialectTexts): Dialect['placementFrom'] {
  if (texts[DIALECT_FILES.worker]?.includes('enable_omni_placement')) return 'additional-config';
  if (texts[DIALECT_FILES.modelConfig]?.includes('omni_placement_config_path')) return 'extra-config';
  return null;
}

function rayHead(pdRun: string): readonly string[] | null {
  const call = /^\s*ray start (--head.*)$/m.exec(pdRun);
  return call === null ? null : call[1]!.trim().split(/\s+/);
}
