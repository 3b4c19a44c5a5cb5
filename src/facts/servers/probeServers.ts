import { quote } from '../../shell/quote.ts';
import type { RemoteHost } from '../../transport/host.ts';
import { HttpError, request } from '../../transport/http.ts';
import { isDenied } from '../../transport/isDenied.ts';

/** What to ask of a server on a host. */
export interface ServerQuestion {
  readonly port: number;
  /** Of its health; null: it is not asked for. */
  readonly path: string | null;
  /** Path of its metrics; null: they are not asked for. */
  readonly metrics: string | null;
}

export interface ServerAnswer {
  /** Null: it answered 200, or that it needs a key. */
  readonly problem: string | null;
  /** It did not answer in time: it may be busy. */
  readonly isLate: boolean;
  /** Lines of its metrics that have one of the names; null: it gave none. */
  readonly metrics: string | null;
  /** HTTP status of its metrics; null: it did not answer, or was not asked. */
  readonly metricsStatus: number | null;
}

export interface ServerLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Of the host, to start and to answer, beyond what servers get. */
const REST_MS = 800;
/** As curl's exit codes have them. */
const REFUSED = 7;
const TIMED_OUT = 28;
const NO_CURL = 'no-curl';

/**
 * All servers at once, on the host itself, so that only the lines that count travel. Each line of output begins with the server's place
 * and is written whole. Neither a proxy of the host nor the settings of its curl apply.
 */
const SCRIPT = `
filter=$1; patience=$2; shift 2
command -v curl >/dev/null 2>&1 || { echo ${NO_CURL}; exit 0; }
ask() { curl -q -s --noproxy '*' -m "$patience" "$@"; }
i=0
while [ $# -gt 0 ]; do
  url=http://127.0.0.1:$1
  [ "$2" = - ] || { code=$(ask -o /dev/null -w '%{http_code}' "$url$2"); echo "$i health $? $code"; } &
  [ "$3" = - ] || {
    code=$(ask -w '\\nomniplace_http_status %{http_code}\\n' "$url$3" | grep -E "^(omniplace_http_status |($filter)[{ ])")
    printf '%s\\n' "$code" | while IFS= read -r line; do printf '%s %s\\n' "$i" "$line"; done
  } &
  i=$((i + 1)); shift 3
done
wait
`;

/**
 * Asks servers of one host for their health and their metrics, in one round trip.
 * @param names of metrics; lines of others are left on the host
 * @throws TransportError
 */
export async function probeServers(
  host: RemoteHost,
  questions: readonly ServerQuestion[],
  names: readonly string[],
  limits: ServerLimits,
): Promise<readonly ServerAnswer[]> {
  const { timeoutMs, signal } = limits;
  const asked = questions.flatMap(({ port, path, metrics }) => [String(port), path ?? '-', metrics ?? '-']);
  const argv = ['sh', '-c', SCRIPT, 'sh', names.join('|'), String(timeoutMs / 1_000), ...asked];
  const { stdout } = await host.run(quote(argv), { deadlineMs: timeoutMs + REST_MS, letGoMs: 200, signal });
  const lines = stdout.split('\n');
  if (lines.includes(NO_CURL)) return Promise.all(questions.map((question) => fromHere(host, question, limits)));
  return questions.map((question, i) => answerOf(host, question, linesOf(lines, i), timeoutMs));
}

function linesOf(lines: readonly string[], place: number): readonly string[] {
  const head = `${place} `;
  return lines.flatMap((line) => (line.startsWith(head) ? [line.slice(head.length)] : []));
}

function answerOf(
  { address }: RemoteHost,
  { port, path }: ServerQuestion,
  lines: readonly string[],
  timeoutMs: number,
): ServerAnswer {
  const [, exit, code] = lines.map((line) => /^health (\d+) (\d*)$/.exec(line)).find((found) => found !== null) ?? [];
  const given = metricsOf(lines);
  if (path === null) return { problem: null, isLate: false, ...given };
  const where = `http://${address}:${port}${path}`;
  const failed = (problem: string, isLate = false) => ({ problem, isLate, ...given });
  if (exit === undefined || Number(exit) === TIMED_OUT)
    return failed(`${where} did not answer within ${timeoutMs / 1_000} s`, true);
  if (Number(exit) === REFUSED) return failed(`nothing accepts connections on port ${port} of ${address}`);
  if (Number(exit) !== 0) return failed(`${where} broke off: exit code ${exit} of curl`);
  return { problem: statusProblem(path, Number(code)), isLate: false, ...given };
}

function metricsOf(lines: readonly string[]): Pick<ServerAnswer, 'metrics' | 'metricsStatus'> {
  const status = Number(lines.flatMap((line) => /^omniplace_http_status (\d+)$/.exec(line)?.[1] ?? [])[0] ?? 0);
  const metrics = lines.filter((line) => !/^(health|omniplace_http_status) /.test(line)).join('\n');
  return { metrics: status === 200 ? metrics : null, metricsStatus: status === 0 ? null : status };
}

function statusProblem(path: string, status: number): string | null {
  return status === 200 || isDenied(status) ? null : `${path} answers ${status}`;
}

/** A host without curl: through its SSH connection, whole. */
async function fromHere(
  host: RemoteHost,
  { port, path, metrics }: ServerQuestion,
  limits: ServerLimits,
): Promise<ServerAnswer> {
  const health =
    path === null
      ? { problem: null, isLate: false }
      : request(host, { port, path, ...limits }).then(
          ({ status }) => ({ problem: statusProblem(path, status), isLate: false }),
          (error: Error) => ({
            problem: error.message,
            isLate: error instanceof HttpError && error.code === 'timeout',
          }),
        );
  const none = { metrics: null, metricsStatus: null };
  const given =
    metrics === null
      ? none
      : request(host, { port, path: metrics, ...limits }).then(
          ({ status, body }) => ({ metrics: status === 200 ? body : null, metricsStatus: status }),
          () => none,
        );
  return { ...(await health), ...(await given) };
}
