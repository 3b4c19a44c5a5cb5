import { posix } from 'node:path';
import type { DesiredNode } from '../../engines/desired.ts';
import { modelPathsOn } from '../../engines/modelPaths.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { type Mount, mountArguments } from '../../shell/mount.ts';
import { quoteWord } from '../../shell/quote.ts';
import { readDockerRun } from '../../shell/readDockerRun.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';
import { followLinks, WHOLE_HOST } from './followLinks.ts';

/** Half of what the probe reads of a text, as characters may have several bytes. */
const MOST_JSON = 512 * 1024;
const SHOWN_OF_TEXT = 40;
const OTHERS_READ = 0o4;
const OTHERS_ENTER = 0o5;

/** The model as a server will find it in its container: links that lead out of the mounts, and files that its user can't read. */
export function modelInContainerProblems(examined: Examined, host: ReachedHost): Finding[] {
  const models = modelPathsOn(host.address, examined);
  return models.flatMap((modelPath) => problemsOf(modelPath, examined, host));
}

function problemsOf(modelPath: string, { desired }: Examined, host: ReachedHost): Finding[] {
  const tree = host.trees?.[modelPath];
  const node = Object.values(desired.nodes).find(
    ({ host: address, container }) =>
      address === host.address && readDockerRun(container.run).mounts.some(({ target }) => target === modelPath),
  );
  if (tree === undefined || node === undefined) return [];
  return [
    ...configProblems(host, modelPath),
    ...lostLinks(host, node, modelPath),
    ...listed(tree.unreadable, (first, more) =>
      findingOn(host.address).error(
        'model-unreadable',
        `${first}${more} can't be read by root on the host, nor by root in a container`,
        'a network file system that maps root to another user needs files that all may read: chmod -R a+rX where they are kept',
      ),
    ),
    ...closedFiles(host, node, modelPath),
  ];
}

function lostLinks(host: ReachedHost, { node, container }: DesiredNode, modelPath: string): Finding[] {
  const { links, broken } = host.trees![modelPath]!;
  const { mounts } = readDockerRun(container.run);
  const { error } = findingOn(host.address);
  const isBroken = new Set(broken);
  const followed = Object.keys(links)
    .filter((link) => link.startsWith(`${modelPath}/`) && !isBroken.has(link))
    .map((link) => ({
      link,
      inside: followLinks(link, mounts, links),
      outside: followLinks(link, WHOLE_HOST, links)?.onHost ?? null,
    }));
  const circles = followed.flatMap(({ link, inside }) => (inside === null ? [link] : []));
  const lost = followed.flatMap(({ link, inside, outside }) =>
    outside === null || inside === null || inside.onHost !== null ? [] : [{ link, inside: inside.path, outside }],
  );
  const [first] = lost;
  return [
    ...listed(broken, (link, more) =>
      error(
        'model-link',
        followLinks(link, WHOLE_HOST, links) === null
          ? `${link} is a link that leads in a circle${more}`
          : `${link} is a link to ${links[link] ?? 'what'}, which does not exist${more}`,
        'copy the model to the host again',
      ),
    ),
    ...listed(circles, (link, more) =>
      error(
        'model-link',
        `${link} is a link that leads in a circle in the container of ${node}${more}`,
        `copy the model without links: cp -rL ${modelPath} FOLDER`,
      ),
    ),
    ...(first === undefined
      ? []
      : [
          error(
            'model-link',
            `${first.link} is a link that leads to ${first.inside} in the container of ${node}, where nothing is mounted${moreText(lost.length - 1)}`,
            `add ${JSON.stringify(neededMount(lost))} to services.container.mounts, or copy the model without links: cp -rL ${quoteWord(modelPath)} FOLDER`,
          ),
        ]),
  ];
}

/** Engines read it first of all. */
function configProblems(host: ReachedHost, modelPath: string): Finding[] {
  const config = host.trees![modelPath]!.config;
  if (config === undefined) return [];
  const file = `${modelPath}/${config.name}`;
  const problem = {
    absent: `model path ${modelPath} has no config.json`,
    empty: `${file} is empty`,
    folder: `${file} is a folder, where a file of the model belongs`,
    file: notJson(file, host.texts[file] ?? null),
  }[config.kind];
  if (problem === null) return [];
  return [
    findingOn(host.address).error(
      'model-unreadable',
      problem,
      `copy the model there again, or correct the path of the model: ls -la ${modelPath}`,
    ),
  ];
}

function notJson(file: string, text: string | null): string | null {
  // longer ones are read in part
  if (text === null || text.length > MOST_JSON) return null;
  try {
    // Python writes and reads these too
    JSON.parse(text.replace(/-?\b(NaN|Infinity)\b/g, '0'));
    return null;
  } catch {
    const begin = text.trimStart().split('\n')[0]!.slice(0, SHOWN_OF_TEXT);
    return `${file} is not JSON; it starts with ${JSON.stringify(begin)}`;
  }
}

/** The folder that all of these lead to, and its place in a container. */
function neededMount(lost: readonly { readonly inside: string; readonly outside: string }[]): string {
  const [inside, outside] = [commonFolder(lost.map((one) => one.inside)), commonFolder(lost.map((one) => one.outside))];
  const mount: Mount = { source: outside, target: inside, options: 'ro' };
  return mountArguments(mount)[1]!;
}

function commonFolder(paths: readonly string[]): string {
  return paths
    .map((path) => posix.dirname(path))
    .reduce((common, folder) => {
      let at = common;
      while (at !== '/' && !`${folder}/`.startsWith(`${at}/`)) at = posix.dirname(at);
      return at;
    });
}

/** Root in a container reads all; another user what its number lets it. */
function closedFiles(host: ReachedHost, { node, container }: DesiredNode, modelPath: string): Finding[] {
  const { user } = readDockerRun(container.run);
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  if (Number(uid) === 0 || /^(root(:.*)?)?$/.test(user)) return [];
  if (uid === undefined) return closedToSome(host, user, modelPath);
  const closed = host.trees![modelPath]!.closed.filter((found) => {
    const needed = found.path === modelPath ? OTHERS_ENTER : OTHERS_READ;
    const shift = found.uid === Number(uid) ? 6 : found.gid === Number(gid ?? 0) ? 3 : 0;
    return ((found.mode >> shift) & needed) !== needed;
  });
  return listed(
    closed.map(({ path, mode }) => `${path} (mode ${mode.toString(8)})`),
    (first, more) =>
      findingOn(host.address).error(
        'model-unreadable',
        `${first} can't be read by user ${user}, as whom the container of ${node} runs${more}`,
        `chmod -R a+rX ${quoteWord(modelPath)} on that host, or take the user out of services.container.flags`,
      ),
  );
}

/** A name has a number only in the image. */
function closedToSome(host: ReachedHost, user: string, modelPath: string): Finding[] {
  return listed(
    host.trees![modelPath]!.closed.map(({ path, mode }) => `${path} (mode ${mode.toString(8)})`),
    (first, more) =>
      findingOn(host.address).warning(
        'model-unreadable',
        `whether user ${user} can read ${first} was not checked: its number is in the image${more}`,
        `chmod -R a+rX ${modelPath} on that host, or set the user by number in services.container.flags: -u UID:GID`,
      ),
  );
}

function listed(paths: readonly string[], finding: (first: string, more: string) => Finding): Finding[] {
  const [first] = paths;
  return first === undefined ? [] : [finding(first, moreText(paths.length - 1))];
}

function moreText(count: number): string {
  return count === 0 ? '' : `; so ${count === 1 ? 'is 1 more' : `are ${count} more`}`;
}
