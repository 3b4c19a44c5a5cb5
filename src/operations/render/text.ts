import { dialectWords } from '../../engines/dialectReader.ts';
import { plural } from '../../report/plural.ts';
import type { RenderManifest } from './render.ts';

/** What was rendered, and what only the hosts know. */
export function renderedText(
  { files, missing, dialect }: Pick<RenderManifest, 'files' | 'missing' | 'dialect'>,
  out: string,
): string {
  const hosts = new Set(files.map(({ host }) => host)).size;
  const lacksFacts = files.some(({ unknown }) => unknown.length > 0) || missing.some(({ host }) => host !== null);
  return [
    `${plural(files.length, 'file')} for ${plural(hosts, 'host')} ${files.length === 1 ? 'is' : 'are'} in ${out}.`,
    ...(dialect === null ? [] : [`start scripts are written for ${dialectWords(dialect)}`]),
    ...markedTexts(files),
    ...missingTexts(missing),
    ...(lacksFacts ? ['hosts know what is missing: omniplace facts DEPLOYMENT --json > FILE, then --facts FILE'] : []),
  ].join('\n');
}

/** One line per fact, with the first file it concerns: a cluster has hundreds of a kind, and the manifest names them. */
function markedTexts(files: RenderManifest['files']): string[] {
  const marked = new Map<string, string[]>();
  for (const { file, unknown } of files) {
    const facts = unknown.join(', ');
    if (unknown.length > 0) marked.set(facts, [...(marked.get(facts) ?? []), file]);
  }
  return [...marked].map(([facts, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `not whole: ${first}${more} (${facts} not known)`;
  });
}

/** One line per part and fact, with all nodes that lack it and all hosts that know it. */
function missingTexts(missing: RenderManifest['missing']): string[] {
  const reasons = new Map<string, { readonly nodes: Set<string>; readonly hosts: Set<string> }>();
  for (const { node, part, why, fact, host } of missing) {
    const key = `${part}: ${host === null ? why : fact}`;
    const reason = reasons.get(key) ?? { nodes: new Set(), hosts: new Set() };
    reason.nodes.add(node);
    if (host !== null) reason.hosts.add(host);
    reasons.set(key, reason);
  }
  return [...reasons].map(([key, { nodes, hosts }]) => {
    const of = hosts.size === 0 ? '' : ` of ${[...hosts].join(', ')} ${hosts.size === 1 ? 'is' : 'are'} not known`;
    return `left out of ${[...nodes].join(', ')}: ${key}${of}`;
  });
}
