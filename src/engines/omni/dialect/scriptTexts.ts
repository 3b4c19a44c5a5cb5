import type { ScriptVariable } from './dialect.ts';

/** An arm of a `case` over options: `--port|-p)` or `-p | --port)`. */
const ARM = /^\s*(-{1,2}[a-z][\w-]*(?:\s*\|\s*-{1,2}[a-z][\w-]*)*)\)(.*)$/i;
/** What an arm assigns: `NAME="$2"`. */
const FROM_OPTION = /\b([A-Za-z_]\w*)="?\$\{?2\}?"?(?=\s|;|$)/;
const OPENS = /^\s*(if|while|until|for|case|select)\b/;
const CLOSES = /^\s*(fi|done|esac)\b/;
const FUNCTION = /^[A-Za-z_]\w*\s*\(\)\s*\{/;

/** Long options of a shell script that reads them by `case`, sorted. */
export function shellFlags(script: string): string[] {
  return sorted(arms(script).flatMap(({ flags }) => flags));
}

/** What a shell script compares the value of an option with, before it takes it; none: it takes any, or has no such option. */
export function valuesOfFlag(script: string, flag: string): string[] {
  const arm = script.split('\n').findIndex((line) => line.trim() === `${flag})`);
  if (arm < 0) return [];
  const lines = script.split('\n').slice(arm + 1);
  const body = lines.slice(0, linesOfArm(lines, -1, ''));
  return body.flatMap((line) => Array.from(line.matchAll(/"\$2" != "([^"]*)"/g), ([, value]) => value!));
}

/** Long options of a Python script that reads them by argparse, `--help` included, sorted. */
export function argparseFlags(script: string): string[] {
  const calls = script.split(/\badd_argument\(/).slice(1);
  // an option's names are its first words: those of its help text follow a keyword
  const names = calls.flatMap((call) => /^(?:\s*['"][^'"]*['"]\s*,?)+/.exec(call)?.[0].match(/--[\w-]+/g) ?? []);
  return sorted([...names, '--help']);
}

/** Fields of a Python dataclass, sorted; none: the text has no such class. */
export function dataclassFields(module: string, name: string): string[] {
  const [, body = ''] =
    new RegExp(`^class ${name}\\b.*:\\n((?:[ \\t].*\\n|\\s*\\n)*)`, 'm').exec(module.replaceAll('\r\n', '\n')) ?? [];
  return sorted(Array.from(body.matchAll(/^ {4}(\w+):/gm), ([, field]) => field!));
}

/** Variables that a shell script sets on its way whatever the environment holds, by name. */
export function shellVariables(script: string): Record<string, ScriptVariable> {
  const flagOf = new Map<string, string>();
  for (const { flags, variable } of arms(script)) {
    if (variable !== null && flags[0] !== undefined) flagOf.set(variable, flags[0]);
  }
  const exported = new Set(Array.from(script.matchAll(/^\s*export\s+(\w+)\s*$/gm), ([, name]) => name!));
  const variables: Record<string, ScriptVariable> = {};
  for (const { name, text, isExport, isAfterOptions } of assignments(script)) {
    variables[name] = {
      // an assignment after the options takes back what an option has set
      flag: isAfterOptions ? null : (flagOf.get(name) ?? null),
      value: literal(text),
      exported: isExport || exported.has(name) || (variables[name]?.exported ?? false),
    };
  }
  return Object.fromEntries(Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Arm {
  readonly flags: readonly string[];
  readonly variable: string | null;
}

function arms(script: string): Arm[] {
  const lines = script.split('\n');
  return lines.flatMap((line, at) => {
    const [, names, rest] = ARM.exec(line) ?? [];
    if (names === undefined) return [];
    const flags = names.split('|').map((name) => name.trim());
    const body = `${rest}\n${lines.slice(at + 1, at + 1 + linesOfArm(lines, at, rest!)).join('\n')}`;
    return [{ flags: flags.filter((flag) => flag.startsWith('--')), variable: FROM_OPTION.exec(body)?.[1] ?? null }];
  });
}

function linesOfArm(lines: readonly string[], at: number, rest: string): number {
  if (rest.includes(';;')) return 0;
  const end = lines.slice(at + 1).findIndex((line) => /^\s*;;/.test(line));
  return Math.max(end, 0);
}

interface Assignment {
  readonly name: string;
  readonly text: string;
  readonly isExport: boolean;
  readonly isAfterOptions: boolean;
}

/** Of names that an environment may have, and reached on every way through the script: outside of functions, conditions, loops. */
function assignments(script: string): Assignment[] {
  const found: Assignment[] = [];
  let depth = 0;
  let isInFunction = false;
  let isAfterOptions = false;
  for (const line of script.split('\n')) {
    if (FUNCTION.test(line)) isInFunction = true;
    else if (line.startsWith('}')) isInFunction = false;
    if (isInFunction) continue;
    if (OPENS.test(line)) depth += 1;
    // one line may open and close
    if (CLOSES.test(line) || (OPENS.test(line) && /[;\s](fi|done|esac)\s*$/.test(line))) {
      depth -= 1;
      if (depth === 0 && /^done\b/.test(line)) isAfterOptions = true;
    }
    const match = depth === 0 ? /^(export\s+)?([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line) : null;
    // it adds to what is there
    if (match === null || new RegExp(`\\$\\{?${match[2]}\\b`).test(match[3]!)) continue;
    found.push({ name: match[2]!, text: match[3]!, isExport: match[1] !== undefined, isAfterOptions });
  }
  return found;
}

/** What a word of shell is without its quotes; null: it is computed. */
function literal(text: string): string | null {
  const word = text.trim();
  if (/[$`]/.test(word)) return null;
  return /^(["'])(.*)\1$/.exec(word)?.[2] ?? word;
}

function sorted(flags: readonly string[]): string[] {
  return [...new Set(flags)].sort();
}
