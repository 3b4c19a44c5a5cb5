import type { StartedRole, Take } from './engineArguments.ts';
import { isObject, type Path } from './foreignDocument.ts';
import { expandedWords, UNKNOWN } from './shellExpansion.ts';

/** A variable that `docker run` or `docker exec` gives to a role's containers. */
export interface ContainerVariable {
  readonly name: string;
  /** {@link UNKNOWN} where two commands of the role give different ones. */
  readonly value: string;
  /** It passes a variable of the playbook's environment on. */
  readonly isPassedOn: boolean;
}

interface Text {
  readonly path: Path;
  readonly text: string;
}

const OF_CONTAINER = /\bdocker\s+(run|exec)\b|\{\{\s*docker_(run|exec)_cmd\s*\}\}/;
/** They make rank tables, install code, or start what is not a server. */
const OF_OTHERS = /generate|ranktable|update|install|etcd|mooncake|kill/;
/** omniplace has `http_proxy` for images and code, and folders of its own for logs. */
const NOT_OF_SERVERS = /_proxy$|^GIT_|^LOG_PATH$|^CODE_PATH$/i;
const ENTRY = /(?<=^|\s)(?:-e\s*|--env[=\s]\s*)([A-Za-z_]\w*)=((?:\{\{.*?\}\}|"[^"]*"|'[^']*'|\S)*)/g;

/** `-e NAME=VALUE` of the docker commands of a role, and of those that all roles share. */
export function containerEnv(texts: readonly Text[], role: StartedRole | null, take: Take): ContainerVariable[] {
  const found = new Map<string, ContainerVariable>();
  for (const { path, text } of texts) {
    const key = String(path.at(-1));
    if (!OF_CONTAINER.test(text) || OF_OTHERS.test(key) || path.includes('tasks')) continue;
    const own = roleOfKey(key);
    if (own !== 'both' && own !== role) continue;
    for (const variable of variablesIn(text, take)) {
      const isOther = (found.get(variable.name)?.value ?? variable.value) !== variable.value;
      // each instance has a command and a value of its own
      found.set(variable.name, isOther ? { ...variable, value: UNKNOWN, isPassedOn: true } : variable);
    }
  }
  return [...found.values()];
}

/** A key or command that is of one role by its name. */
export function roleOfKey(key: string): StartedRole | 'proxy' | 'both' {
  if (/_p\b|prefill/.test(key)) return 'prefill';
  if (/_d\b|decode/.test(key)) return 'decode';
  return /_c\b|proxy/.test(key) ? 'proxy' : 'both';
}

/** The `environment` of tasks that start containers or servers, with the role of their command. */
export function taskEnvironments(value: unknown, path: Path): { path: Path; role: StartedRole | 'both' }[] {
  if (!isObject(value)) return [];
  const { environment, ...others } = value as Record<string, unknown>;
  const below = Object.entries(others).flatMap(([key, child]) =>
    taskEnvironments(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  const command = Object.values(others)
    .filter((each) => typeof each === 'string')
    .join(' ');
  if (!isObject(environment) || !/docker_start_vllm|start_docker_cmd|docker_run_cmd|docker (run|exec)/.test(command))
    return below;
  const role = roleOfKey(/\{\{\s*(\w+)/.exec(command)?.[1] ?? command);
  return role === 'proxy' ? below : [...below, { path: [...path, 'environment'], role }];
}

function variablesIn(text: string, take: Take): ContainerVariable[] {
  return [...text.matchAll(ENTRY)].flatMap(([, name = '', written = '']) => {
    if (NOT_OF_SERVERS.test(name)) return [];
    const value = expandedWords(written, (each) => take(each)).join(' ');
    return value.includes(UNKNOWN) ? [] : [{ name, value, isPassedOn: written.includes('$') }];
  });
}
