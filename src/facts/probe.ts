import { randomBytes } from 'node:crypto';
import template from '../../templates/probe.sh';
import { acceleratorOf } from '../accelerators/index.ts';
import { quote } from '../shell/quote.ts';
import { body, lines, type Section, splitSections } from '../shell/sections.ts';
import type { RemoteHost, RunResult } from '../transport/host.ts';
import type { HostFacts, ProbeRequest, ReachedHost } from './facts.ts';
import { parseDies } from './parseDies.ts';
import { parseDocker } from './parseDocker.ts';
import { parseDigests, parseDumps, parseFree, parsePaths, parseTexts, parseTrees, parseWritten } from './parseFiles.ts';
import { containersOf, parseHoldings } from './parseHoldings.ts';
import { parseMachine } from './parseMachine.ts';
import { parseInterface, parseListening } from './parseNetwork.ts';
import { parseProcesses, parseStopped } from './parseProcesses.ts';

const DEADLINE_MS = 60_000;
/** For each question to docker or a driver. */
const PATIENCE_S = 10;
/** The same for a caller that needs a fast answer; connecting counts. */
const HURRY = { deadlineMs: 4_200, patienceS: 2, letGoMs: 200 } as const;
const KEEP_BYTES = 64 * 1024 * 1024;

/**
 * Asks a host everything in one round trip.
 * @throws TransportError when the connection is lost on the way
 */
export async function probeHost(
  host: RemoteHost,
  request: ProbeRequest,
  options: {
    readonly signal?: AbortSignal;
    readonly hurry?: boolean;
    /** Already gone into connecting. */
    readonly spentMs?: number;
  } = {},
): Promise<HostFacts> {
  const nonce = randomBytes(8).toString('hex');
  const sentMs = Date.now();
  const { deadlineMs, patienceS, ...letGo } = options.hurry
    ? { ...HURRY, deadlineMs: HURRY.deadlineMs - (options.spentMs ?? 0) }
    : { deadlineMs: DEADLINE_MS, patienceS: PATIENCE_S };
  const result = await host.run(probeScript(request, nonce, patienceS, options.hurry !== true), {
    deadlineMs,
    ...letGo,
    keepBytes: KEEP_BYTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const sections = splitSections(result.stdout, nonce);
  const refused = (reason: string): HostFacts => ({
    reachable: false,
    address: request.address,
    code: 'probe',
    reason,
  });
  // the last bytes are kept: if the first answer is missing, there was too much output
  if (sections.length > 0 && sections[0]?.name !== 'clock')
    return refused(`the probe answered more than ${KEEP_BYTES / 1024 / 1024} MiB: what of its programs says so much?`);
  if (sections.at(-1)?.name !== 'end') {
    return refused(unfinished(result, sections, deadlineMs));
  }
  return parseProbe(sections, request, { sentMs, receivedMs: Date.now() });
}

/** The functions of the template, the accelerator and the engine, then a call for each question. */
export function probeScript(
  request: ProbeRequest,
  nonce: string,
  patienceS = PATIENCE_S,
  /** Ask drivers who uses their devices, and look through folders. */
  askDrivers = true,
): string {
  const { probe, network, visibleDevices } = acceleratorOf(request.accelerator);
  const calls = [
    ['clock'],
    ['machine'],
    ['boot'],
    ['memory'],
    ...(probe === undefined ? [] : [['software']]),
    ['docker_facts', ...request.images],
    ...(network === undefined ? [] : [['device_ips', ...request.dies.map(String)]]),
    ...(probe !== undefined && askDrivers ? [['die_processes']] : []),
    ['interfaces'],
    ['listening'],
    ['connected', ...request.ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0'))],
    ['processes'],
    ['holders'],
    ...(probe !== undefined && askDrivers ? [['die_users']] : []),
    ['paths', ...request.paths],
    ...(request.trees === undefined || !askDrivers ? [] : [['trees', ...request.trees]]),
    ...(request.digests.length === 0 ? [] : [['digests', ...request.digests]]),
    ['texts', ...request.texts],
    ['room', ...request.freeOf],
    ...(request.written === undefined ? [] : [['written', ...request.written]]),
    ...(request.disks === undefined ? [] : [['disks', ...request.disks]]),
    ...(request.dumps === null ? [] : [['dumps', ...request.dumps.folders]]),
    ...(request.code === null ? [] : [['code_edits', request.code.folder, request.code.marker]]),
    ['clock'],
    ['mark', 'end'],
  ];
  const variables = `nonce=${nonce} patience=${patienceS} die_variable=${visibleDevices ?? ''}`;
  const functions = [template, probe?.functions ?? '', request.dumps?.functions ?? ''];
  return [variables, ...functions, ...calls.map((call) => quote(call))].join('\n');
}

export function parseProbe(
  sections: readonly Section[],
  request: ProbeRequest,
  times: { readonly sentMs: number; readonly receivedMs: number },
): ReachedHost {
  const accelerator = acceleratorOf(request.accelerator);
  const [hostname = '', kernel = '', arch = ''] = body(sections, 'machine').trim().split(/\s+/);
  const tools = lines(body(sections, 'tools'));
  const dockerRoots = lines(body(sections, 'docker-root'));
  const listening = parseListening(body(sections, 'listening-ss'), body(sections, 'listening-proc'));
  const containerOf = new Map(containersOf(body(sections, 'cgroups')));
  const dies = parseDies(accelerator, sections, request.dies, containerOf);
  return {
    reachable: true,
    address: request.address,
    hostname,
    kernel,
    arch,
    clock: parseClock(sections, times),
    docker: parseDocker(sections, request.images),
    deviceIps: dies.deviceIps,
    interfaceName: parseInterface(body(sections, 'addresses'), body(sections, 'routes'), request.address),
    tools: {
      rsync: tools.includes('rsync'),
      python3: tools.includes('python3'),
      sha256sum: tools.includes('sha256sum'),
    },
    paths: parsePaths(sections, request.paths),
    ...(sections.some(({ name }) => name === 'tree') && { trees: parseTrees(sections, request.trees ?? []) }),
    digests: parseDigests(sections, request.digests),
    texts: parseTexts(sections, request.texts),
    ...(request.written && { writtenS: parseWritten(sections, request.written) }),
    freeBytes: parseFree(sections, [...request.freeOf, ...dockerRoots]),
    listening,
    processes: parseProcesses(body(sections, 'markers'), body(sections, 'stats')),
    stoppedPids: parseStopped(body(sections, 'stats')),
    codeEdits: lines(body(sections, 'code-edits')),
    dumps: parseDumps(sections, request.dumps?.folders ?? []),
    holdings: parseHoldings(
      body(sections, 'cgroups'),
      body(sections, 'markers'),
      listening,
      accelerator.visibleDevices,
    ),
    machine: parseMachine(sections, request, Object.keys(accelerator.probe?.versions ?? {}), dies),
  };
}

/** The host's clock at the probe's first and last word, against ours when we sent and received (as NTP does). */
function parseClock(
  sections: readonly Section[],
  { sentMs, receivedMs }: { readonly sentMs: number; readonly receivedMs: number },
): ReachedHost['clock'] {
  // busybox' date prints `%N` literally, or nothing
  const said = sections
    .filter((s) => s.name === 'clock')
    .map((s) => Number.parseFloat(s.body) * 1000)
    .filter(Number.isFinite);
  const firstMs = said[0] ?? sentMs;
  const lastMs = said.at(-1) ?? firstMs;
  return {
    epochS: lastMs / 1000,
    aheadMs: Math.round((firstMs - sentMs + (lastMs - receivedMs)) / 2),
  };
}

function unfinished(result: RunResult, sections: readonly Section[], deadlineMs: number): string {
  if (result.ended === 'aborted') return 'the probe was interrupted';
  const after = `after its answer on ${sections.at(-1)?.name ?? 'nothing'}`;
  if (result.ended === 'deadline')
    return `the probe was not done within ${Math.round(deadlineMs / 100) / 10} s: it hung ${after}`;
  const words = lines(result.stderr).slice(-3).join('; ');
  return `the probe ended with exit code ${result.code} ${after}${words === '' ? '' : `: ${words}`}`;
}
