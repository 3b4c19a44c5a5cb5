// The arguments of `vllm serve` by version, from what test/golden/vllm records of its sources.
import { readFileSync } from 'node:fs';

/** Oldest first; of each, scripts/vllm-arguments.py wrote a file. */
const VERSIONS = ['v0.23.0', 'v0.27.1'];

export function vllmFlags() {
  const tables = VERSIONS.map((version) => JSON.parse(readFileSync(`test/golden/vllm/${version}.json`, 'utf8')));
  const [first, ...others] = tables.map(
    ({ flags }) => new Map(flags.map(({ name, default: _, ...flag }) => [name, flag])),
  );
  const isShared = (name) => others.every((flags) => equal(flags.get(name), first.get(name)));
  const shared = [...first.keys()].filter(isShared);
  const own = [first, ...others].map((flags) => [...flags].filter(([name]) => !shared.includes(name)));
  return `// @ts-nocheck
// Generated from test/golden/vllm by \`npm run gen\`: scripts/vllm-arguments.py writes those.
import type { FlagTable } from './flag.ts';

const SHARED = ${lines(shared.map((name) => [name, first.get(name)]))};

export const FLAG_TABLES: readonly FlagTable[] = [
${tables.map((table, i) => tableText(table, own[i])).join('')}];
`;
}

function tableText({ version, commit, date, jsonKeys, variables, connectors }, own) {
  const facts = { version, commit, date, jsonKeys, connectors };
  const parts = Object.entries(facts).map(([key, value]) => `    ${key}: ${JSON.stringify(value)},\n`);
  const ours = variables.filter((name) => name.startsWith('VLLM_'));
  return `  {\n${parts.join('')}    variables: ${JSON.stringify(ours.join(' '))}.split(' '),\n    flags: { ...SHARED, ...${lines(own)} },\n  },\n`;
}

function lines(flags) {
  return `{\n${flags.map(([name, flag]) => `  '${name}': ${JSON.stringify(flag)},\n`).join('')}}`;
}

function equal(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
