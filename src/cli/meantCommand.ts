import { editDistance } from '../deployment/suggest.ts';

/** What to type instead of a word that is not a command; null: nothing is near. It never changes or stops anything by itself. */
export function meantCommand(word: string, known: readonly string[]): string | null {
  const [first = ''] = word.toLowerCase().split(' ');
  const other = OTHER_TOOLS[word.toLowerCase()] ?? OTHER_TOOLS[first];
  if (other !== undefined) return other;
  const words = word.split(' ');
  const near = [words, words.slice(0, 2), words.slice(0, 1)]
    .map((some) => nearest(some.join(' '), known))
    .find(Boolean);
  return near ? (DESTRUCTIVE[near] ?? near) : null;
}

const STATUS = 'status (what runs now)';
const DOCTOR = "doctor (why a host, a device or a model can't be used)";
const WATCH = 'status --watch (what runs now, refreshed)';
const SERVE = 'serve (deploys and starts what the file contains)';
const PLAN = 'serve --check --diff (what serve would change)';
const STOP = 'stop --help (what stop does; it asks before it stops anything)';
const SHELL = 'exec -it NODE -- bash';

/** Words of other tools, and of what a newcomer would expect. */
export const OTHER_TOOLS: Readonly<Record<string, string>> = {
  ...each(['ps', 'ls', 'list', 'get', 'info', 'health', 'state', 'show', 'describe', 'nodes'], STATUS),
  ...each(['diagnose', 'diag', 'diagnostics', 'troubleshoot', 'why'], DOCTOR),
  ...each(['top', 'htop', 'watch', 'monitor', 'stats', 'metrics'], WATCH),
  ...each(['start', 'up', 'deploy', 'apply', 'run', 'launch', 'create', 'install', 'push', 'sync', 'play'], SERVE),
  ...each(['upgrade', 'update', 'dry-run', 'dryrun', 'plan', 'diff', 'preview', 'scale', 'noop'], PLAN),
  ...each(['down', 'delete', 'del', 'rm', 'remove', 'kill', 'destroy', 'halt', 'shutdown', 'teardown', 'clean'], STOP),
  ...each(['undo', 'revert', 'rollout', 'back'], 'rollback --check (what rollback would change)'),
  ...each(['reload', 'reboot', 'bounce'], 'restart --check (what restart would do)'),
  ...each(['check', 'lint', 'test', 'verify'], 'validate (checks the deployment file)'),
  ...each(['log', 'tail', 'journal'], 'logs'),
  ...each(['ssh', 'sh', 'bash', 'shell', 'attach', 'login', 'console'], SHELL),
  ...each(['download', 'fetch', 'collect', 'cp', 'copy'], 'fetch-logs (or fetch-dumps)'),
  ...each(['unlock', 'lease'], 'lock status (who holds the cluster)'),
  ...each(['rebalance', 'eplb'], 'balance --check (what balance would change)'),
  ...each(['solve', 'optimize', 'optimise'], 'pattern build'),
  ...each(['migrate', 'convert'], 'import (turns files of other tools into a deployment file)'),
  ...each(['config', 'inventory'], 'explain (where each value comes from)'),
  ...each(['autocomplete', 'autocompletion'], 'completion'),
  ...each(['version'], '--version'),
};

/** What ends or takes away something: a typo leads to its help, or to what it would do. */
const DESTRUCTIVE: Readonly<Record<string, string>> = {
  stop: STOP,
  restart: 'restart --check (what restart would do)',
  rollback: 'rollback --check (what rollback would change)',
  'lock release': 'lock release --help (what it takes away)',
  'lab down': 'lab down --help (what it removes)',
};

/** The known command that a word most likely misspells. */
function nearest(word: string, known: readonly string[]): string | null {
  const allowed = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  const near = known
    .map((command) => ({ command, distance: editDistance(word.toLowerCase(), command) }))
    .filter(({ command, distance }) => distance <= allowed && distance < command.length)
    // of two equally near commands the one that ends nothing
    .sort((a, b) => a.distance - b.distance || Number(a.command in DESTRUCTIVE) - Number(b.command in DESTRUCTIVE));
  return near[0]?.command ?? null;
}

function each(words: readonly string[], command: string): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map((word) => [word, command]));
}
