import { readFileSync } from 'node:fs';

/** What the stand-in reads of the configuration that global_proxy.sh generates. */
export interface ProxyConf {
  readonly listenPort: number;
  readonly prefill: Upstream;
  readonly decode: Upstream;
  readonly errorLog: string | null;
}

export interface Upstream {
  /** `ip:port` each, without those that are down. */
  readonly servers: readonly string[];
  /** Name of the balancing directive; without one nginx goes round its servers. */
  readonly balance: string;
  /** Requests a server may run at once before it counts as full. */
  readonly maxNumSeqs: number;
}

const DIRECTIVES =
  /^(server|zone|keepalive(_timeout|_requests)?|round_robin|least_conn|length_balance|weighted_least_active|greedy_timeout|(pd|prefill)_score_balance(_\w+)?|(least_total_load|prefix_cache_affinity|auto_balance_controller)(_\w+)?)$/;

/** Returns the reason as nginx words it instead of throwing: `nginx -t` prints it. */
export function readConf(path: string): ProxyConf | { readonly emerg: string } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { emerg: `open() "${path}" failed (2: No such file or directory)` };
  }
  const listenPort = Number(/^\s*listen\s+(\d+)/m.exec(text)?.[1]);
  if (!listenPort) return { emerg: `no "listen" directive in ${path}` };
  const unknown = unknownDirective(text);
  if (unknown !== null) return { emerg: `unknown directive "${unknown}" in ${path}` };
  const prefill = upstream(text, 'prefill_servers');
  const decode = upstream(text, 'decode_servers');
  if (!prefill || !decode) return { emerg: `no servers are inside upstream in ${path}` };
  return { listenPort, prefill, decode, errorLog: /^\s*error_log\s+(\S+?)[\s;]/m.exec(text)?.[1] ?? null };
}

function upstream(text: string, name: string): Upstream | null {
  const block = new RegExp(`upstream\\s+${name}\\s*\\{([^}]*)\\}`).exec(text)?.[1] ?? '';
  const all = [...block.matchAll(/^\s*server\s+([^\s;]+)(.*);/gm)];
  if (all.length === 0) return null;
  const servers = all.flatMap(([, server, options]) => (/\sdown$/.test(options!) ? [] : [server!]));
  const balance =
    /^\s*(\w+)(?:\s+(?:prefill|decode|on));/m.exec(block)?.[1] ??
    /^\s*(least_conn|length_balance);/m.exec(block)?.[1] ??
    'round_robin';
  const maxNumSeqs = Number(/^\s*pd_score_balance_max_num_seqs\s+(\d+);/m.exec(block)?.[1] ?? Number.POSITIVE_INFINITY);
  return { servers, balance, maxNumSeqs };
}

/** A name that stands in an upstream and that neither nginx nor OmniInfer's modules know. */
function unknownDirective(text: string): string | null {
  for (const [, block] of text.matchAll(/upstream\s+\w+\s*\{([^}]*)\}/g)) {
    const names = block!
      .replaceAll(/^#.*$/gm, '')
      .split(';')
      .map((statement) => statement.trim().split(/\s+/)[0]!);
    const unknown = names.find((name) => name !== '' && !DIRECTIVES.test(name));
    if (unknown !== undefined) return unknown;
  }
  return null;
}
