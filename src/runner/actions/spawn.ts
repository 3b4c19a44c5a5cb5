import awaitPorts from '../../../templates/await_ports.sh';
import type { BoundPorts } from '../../plan/step.ts';
import { quote, quoteWord } from '../../shell/quote.ts';
import type { ActionRunner, StepOf } from './action.ts';

/**
 * Starts what outlives us. `docker exec -d` exits 0 even when the command fails and drops its output, so a launcher in the
 * container keeps the log and leaves the exit code; what runs is known by the markers in its environment, not by a pid file.
 */
export const spawn: ActionRunner<'spawn'> = { how: 'batch', script, command: execDetached, printsProgress: true };

/** $1 log, $2 folder of `exit`, then the command. The last log is kept as `<log>.1`. */
const LAUNCHER = `log=$1; run=$2; shift 2
mkdir -p "\${log%/*}" "$run"
[ ! -f "$log" ] || mv -f "$log" "$log.1"
"$@" >"$log" 2>&1 </dev/null
echo $? >"$run/exit"`;

function script(step: StepOf<'spawn'>): string {
  const { runFolder, identity, ports } = step.action;
  return [
    ...portsScript(ports),
    quote(['mkdir', '-p', '--', runFolder]),
    // before the launcher starts: an old exit code must not be taken for the new one's
    quote(['rm', '-f', '--', `${runFolder}/exit`, `${runFolder}/ready`, `${runFolder}/joined`]),
    `${quote(['printf', '%s', identity.generation])} > ${quoteWord(`${runFolder}/started`)}`,
    execDetached(step),
  ].join(' &&\n');
}

/** In a shell of the host, whose network the container shares: it needs nothing but /proc. */
function portsScript({ exclusive, reused, waitMs }: BoundPorts): string[] {
  if (exclusive.length + reused.length === 0) return [];
  // as /proc writes them
  const hex = (ports: readonly number[]) =>
    ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0')).join(' ');
  return [`${awaitPorts}${quote(['await_ports', String(waitMs / 1000), hex(exclusive), hex(reused)])}`];
}

function execDetached({ action }: StepOf<'spawn'>): string {
  const markers = {
    ...action.env,
    OMNIPLACE_NODE: action.identity.node,
    OMNIPLACE_GENERATION: action.identity.generation,
  };
  const env = Object.entries(markers).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  return quote([
    'docker',
    'exec',
    '-d',
    ...env,
    action.in,
    'sh',
    '-c',
    LAUNCHER,
    'sh',
    action.log,
    action.runFolder,
    ...action.argv,
  ]);
}
