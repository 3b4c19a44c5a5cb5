import { randomBytes } from 'node:crypto';
import script from '../../../../../templates/blame.sh';
import { filesOf } from '../../../../engines/artifact.ts';
import type { DesiredNode } from '../../../../engines/desired.ts';
import { httpProbes } from '../../../../engines/readiness.ts';
import { quote } from '../../../../shell/quote.ts';
import { body, lines, type Section, splitSections } from '../../../../shell/sections.ts';
import type { RemoteHost } from '../../../../transport/host.ts';
import type { Evidence, Found } from './evidence.ts';

const DEADLINE_MS = 10_000;
const KEEP_BYTES = 16 * 1024 * 1024;

/** Asks one host for all of its nodes at once. A host that can't answer gives no evidence, and is no reason to fail. */
export async function collectEvidence(
  nodes: readonly DesiredNode[],
  open: () => Promise<RemoteHost>,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const nonce = randomBytes(8).toString('hex');
  const none = nodes.map(({ node, host }): Evidence => ({ node, host, found: null }));
  try {
    const host = await open();
    const ran = await host.run(blameScript(nodes, nonce), { signal, deadlineMs: DEADLINE_MS, keepBytes: KEEP_BYTES });
    const sections = splitSections(ran.stdout, nonce);
    if (sections.at(-1)?.name !== 'end') return none;
    return nodes.map((node, i) => ({ node: node.node, host: node.host, found: parseFound(sections, i, node) }));
  } catch {
    return none;
  }
}

function blameScript(nodes: readonly DesiredNode[], nonce: string): string {
  const calls = nodes.flatMap(({ paths, server }, i) => [
    ['files', String(i), paths.folder],
    ['process', String(i), server.identity, paths.run],
    ['words', String(i), ...server.logs],
  ]);
  // each in a shell of its own: one that ends must not end the others
  return [`nonce=${nonce}`, script, ...calls.map((call) => `( ${quote(call)} )`), 'host', 'mark end', 'exit 0'].join(
    '\n',
  );
}

function parseFound(sections: readonly Section[], index: number, node: DesiredNode): Found {
  const mine = sections.filter((section) => section.index === index);
  const files = Object.fromEntries(
    mine
      .filter(({ name }) => name === 'file')
      .map(({ body: text }) => [firstLine(text), text.slice(text.indexOf('\n') + 1)]),
  );
  const digests = Object.fromEntries(
    lines(body(mine, 'digests')).flatMap((line) => {
      const [, digest, path] = /^([0-9a-f]{64}) [ *]\.\/(.*)$/.exec(line) ?? [];
      return digest === undefined || path === undefined ? [] : [[path, digest]];
    }),
  );
  const listening = new Set(lines(body(sections, 'listening')).map((hex) => Number.parseInt(hex, 16)));
  return {
    files,
    digests,
    wrongFiles: filesOf(node)
      .filter(({ path }) => path.startsWith(`${node.paths.folder}/`))
      .flatMap(({ path, sha256 }) => {
        const name = path.slice(node.paths.folder.length + 1);
        return digests[name] === sha256 ? [] : [name];
      }),
    environment: Object.fromEntries(
      lines(body(mine, 'environ')).flatMap((line) => {
        const at = line.indexOf('=');
        return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
      }),
    ),
    state: body(mine, 'state').trim() || 'gone',
    ports: Object.fromEntries(
      httpProbes(node.server.readiness).map(({ port }, i) => [`server ${i}`, listening.has(port)]),
    ),
    interfaces: lines(body(sections, 'addresses')).flatMap((line) => line.trim().split(/\s+/)[1] ?? []),
    lastWords: lines(mine.filter(({ name }) => name === 'words').at(-1)?.body ?? ''),
  };
}

function firstLine(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf('\n')));
}
