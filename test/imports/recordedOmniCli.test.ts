import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesOf } from '../../src/engines/artifact.ts';
import type { Dialect } from '../../src/engines/omni/dialect/dialect.ts';
import { assembleDeployment, importFiles } from '../../src/imports/index.ts';
import type { NodeName } from '../../src/topology/topology.ts';
import type { Call, Start } from '../contract/cell.ts';
import {
  PROFILE_NAMES,
  type RecordedNode,
  readOmniCliRecording,
  readProfiles,
  recordedNames,
} from '../contract/omniCliRecording.ts';
import { startDifferences } from '../contract/templateDifferences.ts';
import { goldenDialect } from '../fakes/goldenDialect.ts';
import { type LaunchedServer, launchedServers } from '../fakes/launchedServers.ts';
import { type Rendered, renderedText } from '../fakes/renderedFor.ts';

const SNAPSHOTS = readdirSync(new URL('../golden/omni_cli/', import.meta.url));
const cases = SNAPSHOTS.flatMap((snapshot) => recordedNames(snapshot).map((name) => ({ snapshot, name })));

it('every own file of server profiles was started by omni_cli of a snapshot', () => {
  expect([...new Set(cases.map(({ name }) => name))].sort()).toEqual([...PROFILE_NAMES].sort());
});

describe.each(cases)('$name, which omni_cli of $snapshot started', ({ snapshot, name }) => {
  const { dialect } = goldenDialect(snapshot);
  const { nodes, proxy } = readOmniCliRecording(snapshot, name);
  const file = `${name}.yml`;
  const text = assembleDeployment(importFiles([{ file, text: readProfiles(name) }]), [file]);
  const rendered = renderedText(text, file, dialect);
  const servers = Object.entries(nodes).filter(([, { launcher }]) => launcher.length > 0) as [NodeName, RecordedNode][];

  it('has servers as the launcher made them of its arguments', () => {
    for (const [, node] of servers) {
      const calls = callsOf(launchedServers(node.launcher, dialect), node.env);
      expect(startDifferences(node, startWith(calls))).toEqual([]);
    }
  });

  it('starts the same servers when it is imported', () => {
    for (const [node, recorded] of servers) {
      expect([node, ...startDifferences(recorded, startOf(rendered, node, dialect))]).toEqual([node]);
    }
  });

  it('asks the same servers through its proxy', () => {
    const script = scriptOf(rendered, 'c0');
    const list = (role: 'prefill' | 'decode') =>
      new RegExp(`--${role}-(?:servers-list|endpoints) (\\S+)`).exec(script)?.[1]?.split(',');
    const port = /--listen-port (\d+)/.exec(script)?.[1];
    expect({ ports: [Number(port)], prefill: list('prefill'), decode: list('decode') }).toEqual({
      ports: proxy.ports,
      prefill: proxy.prefill,
      decode: proxy.decode,
    });
  });

  it('runs ray where omni_cli does', () => {
    for (const [node, { ray }] of Object.entries(nodes) as [NodeName, RecordedNode][]) {
      const starts = ray.filter(([verb]) => verb === 'start');
      const script = scriptOf(rendered, node);
      for (const [, where] of starts) expect(script).toContain(`ray start ${where}`);
      if (starts.length === 0) expect(script).not.toContain('ray start');
    }
  });
});

/** What a rendered start script starts. */
function startOf(rendered: Rendered, node: NodeName, dialect: Dialect): Start {
  const script = scriptOf(rendered, node);
  const env = Object.fromEntries(
    [...script.matchAll(/^export (\w+)=(.*)$/gm)].map(([, key, word]) => [key!, plain(word!)]),
  );
  const [, launched = ''] = /^exec python start_api_servers\.py \\\n((?: {2}--.*\n)+)/m.exec(script) ?? [];
  const argv = [...launched.matchAll(/^ {2}(--[\w-]+)(?: (?!\\$)(.*?))?(?: \\)?$/gm)].flatMap(([, flag, word]) =>
    word === undefined || word === '' ? [flag!] : [flag!, plain(word)],
  );
  return startWith(callsOf(launchedServers(argv, dialect), env));
}

function scriptOf({ nodes }: Rendered, node: NodeName): string {
  const file = filesOf(nodes[node]!).find(({ path }) => /run_\w+\.sh$/.test(path))!;
  return 'text' in file.content ? file.content.text : '';
}

function callsOf(servers: readonly LaunchedServer[], env: Readonly<Record<string, string>>): readonly Call[] {
  return servers.map((server) => ({ program: 'vllm', argv: server.argv, env: { ...env, ...server.env }, conf: null }));
}

function startWith(calls: readonly Call[]): Start {
  return { calls, log: '', exitCode: null };
}

/** A word of a script as the shell reads it; a variable of the image is empty. */
function plain(word: string): string {
  return word
    .replace(/"\$\{\w+:-\}"/g, '')
    .replace(/^'(.*)'$/s, '$1')
    .replaceAll(`'\\''`, "'");
}
