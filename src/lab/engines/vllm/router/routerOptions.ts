import { Refusal } from '../../shared/refusal.ts';
import { type Given, givenNumber, givenText } from '../config/options.ts';

export interface RouterOptions {
  readonly host: string;
  readonly port: number;
  readonly prometheusHost: string;
  readonly prometheusPort: number;
  readonly prefill: readonly { readonly url: string; readonly bootstrapPort: number | null }[];
  readonly decode: readonly string[];
  /** Where prefill and decode are not apart. */
  readonly workers: readonly string[];
  readonly connector: 'nixl' | 'mooncake' | null;
  /** Targets of each URL, chosen by a header. */
  readonly ranksPerUrl: number;
  readonly startupTimeoutMs: number;
  readonly startupCheckMs: number;
  readonly health: {
    readonly everyMs: number;
    readonly failures: number;
    readonly timeoutMs: number;
    readonly path: string;
  };
  readonly retries: number;
  readonly breakerFailures: number;
  readonly breakerMs: number;
}

export function routerOptions(given: Given): RouterOptions {
  const isPaired = given['vllm-pd-disaggregation'] === true;
  if (isPaired && given['pd-disaggregation'] === true) {
    throw failed('Cannot enable both --pd-disaggregation and --vllm-pd-disaggregation');
  }
  if (given['pd-disaggregation'] === true) throw failed('the lab has only --vllm-pd-disaggregation');
  const prefill = ((given.prefill as readonly (readonly string[])[] | undefined) ?? []).map(prefillOf);
  const decode = ((given.decode as readonly (readonly string[])[] | undefined) ?? []).flat();
  const workers = (given['worker-urls'] as readonly string[] | undefined) ?? [];
  if (isPaired && (prefill.length === 0 || decode.length === 0)) {
    throw failed('vLLM PD disaggregation mode requires --prefill and --decode URLs');
  }
  if (!isPaired && workers.length === 0) {
    throw failed('Regular mode requires --worker-urls when not using service discovery');
  }
  checkUrls([...prefill.map(({ url }) => url), ...decode, ...workers]);
  const connector = (givenText(given, 'kv-connector') as 'nixl' | 'mooncake' | null) ?? (isPaired ? 'nixl' : null);
  return { ...listening(given), prefill, decode, workers, connector, ...timing(given) };
}

function listening(given: Given) {
  return {
    host: givenText(given, 'host') ?? '127.0.0.1',
    port: givenNumber(given, 'port') ?? 30_000,
    prometheusHost: givenText(given, 'prometheus-host') ?? '127.0.0.1',
    prometheusPort: givenNumber(given, 'prometheus-port') ?? 29_000,
    ranksPerUrl: givenNumber(given, 'intra-node-data-parallel-size') ?? 1,
  };
}

function timing(given: Given) {
  return {
    startupTimeoutMs: 1000 * (givenNumber(given, 'worker-startup-timeout-secs') ?? 600),
    startupCheckMs: 1000 * (givenNumber(given, 'worker-startup-check-interval') ?? 30),
    health: {
      everyMs: 1000 * (givenNumber(given, 'health-check-interval-secs') ?? 60),
      failures: givenNumber(given, 'health-failure-threshold') ?? 3,
      timeoutMs: 1000 * (givenNumber(given, 'health-check-timeout-secs') ?? 5),
      path: givenText(given, 'health-check-endpoint') ?? '/health',
    },
    retries: given['disable-retries'] === true ? 0 : (givenNumber(given, 'retry-max-retries') ?? 5),
    breakerFailures:
      given['disable-circuit-breaker'] === true
        ? Number.POSITIVE_INFINITY
        : (givenNumber(given, 'cb-failure-threshold') ?? 10),
    breakerMs: 1000 * (givenNumber(given, 'cb-timeout-duration-secs') ?? 60),
  };
}

function prefillOf([url = '', port = 'none']: readonly string[]) {
  if (port.toLowerCase() !== 'none' && !/^\d+$/.test(port)) throw failed(`Invalid bootstrap port: ${port}`);
  return { url, bootstrapPort: port.toLowerCase() === 'none' ? null : Number(port) };
}

function checkUrls(urls: readonly string[]): void {
  for (const url of urls) {
    if (!/^https?:\/\/[^/:]+(:\d+)?\/?$/.test(url)) throw failed(`Invalid URL: ${url}`);
  }
}

function failed(reason: string): Refusal {
  return new Refusal('ValueError', `Validation failed: ${reason}`);
}
