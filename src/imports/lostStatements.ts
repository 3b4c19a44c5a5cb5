import { FOLLOWING } from './commandSettings.ts';
import { UNKNOWN } from './shellExpansion.ts';
import type { ScriptRun } from './startScript.ts';

/** A statement of a start script that omniplace does not run. */
export interface LostStatement {
  /** Its first word. */
  readonly name: string;
  readonly statement: string;
  readonly because: string;
}

const NOT_RUN = 'omniplace does not run it';
const NOT_FOLLOWED = 'in a part of the script that is not followed';
const OF_SEVERAL_HOSTS = 'only where an instance has several hosts, and omniplace does not do it there';

/** They change nothing that a server gets. */
const NO_OP =
  /^(echo|printf|cd|mkdir|touch|ls|cat|cp|grep|sleep|wait|set|shopt|true|:|ps|pgrep|pwd|date|hostname|exit|return|break|continue|shift|local|read|IFS=\S*|test|\[|\[\[|\(\(|#)/;
/** omniplace does these by itself: ray, the tables of operators, code and packages. */
const DONE =
  /^(ray (stop|start)\b|(python3? )?\S*process_nz_config\.py|pip3? (un)?install\b|(pkill|kill|killall|rm) |(\.|source) (\S*\/)?\.?(bashrc|profile|set_env\.sh)\b)/;
const STARTS = /pd_run\.sh|start_api_servers\.py|_proxy\.sh/;

/** Statements that are neither read nor without effect on servers. */
export function lostStatements({ commands, leftOut, skipped }: ScriptRun): LostStatement[] {
  const lost = (statement: string, because: string): LostStatement[] =>
    isHarmless(statement) ? [] : [{ name: statement.split(/\s/, 1)[0]!, statement, because }];
  return [
    ...commands.flatMap(({ words }) => lost(words.join(' ').replaceAll(UNKNOWN, '..'), NOT_RUN)),
    ...leftOut.flatMap((statement) => lost(statement, NOT_FOLLOWED)),
    ...skipped.flatMap((statement) => (isOfSeveralHosts(statement) ? [] : lost(statement, OF_SEVERAL_HOSTS))),
  ];
}

function isHarmless(statement: string): boolean {
  const words = statement.replace(/^(sudo|nohup|exec)\s+/, '');
  const first = words.split(/\s/, 1)[0]!;
  return (
    STARTS.test(words) ||
    DONE.test(words) ||
    (NO_OP.test(words) && (NO_OP.exec(words)![0] === first || /^\W/.test(first)))
  );
}

/** Variables that follow from the inventory, and ray in `--extra-args`. */
function isOfSeveralHosts(statement: string): boolean {
  const [, isExport, name, value = ''] = /^(export\s+)?([A-Za-z_]\w*)\+?=(.*)$/s.exec(statement) ?? [];
  if (name === undefined) return false;
  if (isExport !== undefined) return FOLLOWING.has(name);
  return !/--(?!distributed-executor-backend)[a-z]/.test(value.replaceAll(/\$\(.*\)/gs, ''));
}
