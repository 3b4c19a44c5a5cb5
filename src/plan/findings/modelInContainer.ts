import { posix } from 'node:path';
import type { DesiredNode } from '../../engines/desired.ts';
import { modelPathsOn } from '../../engines/modelPaths.ts';
import type { ReachedHost } from '../../facts/facts.ts';
import { type Mount, mountArguments } from '../../shell/mount.ts';
import { readDockerRun } from '../../shell/readDockerRun.ts';
import { type Examined, type Finding, findingOn } from './finding.ts';
import { followLinks, WHOLE_HOST } from './followLinks.ts';

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
  const isBroken = new Set(broken);
  const inModel = Object.keys(links).filter((link) => link.startsWith(`${modelPath}/`) && !isBroken.has(link));
  const lost = inModel.flatMap((link) => {
    const inside = followLinks(link, mounts, links);
    const outside = followLinks(link, WHOLE_HOST, links);
    if (outside?.onHost == null || inside === null || inside.onHost !== null) return [];
    return [{ link, inside: inside.path, outside: outside.onHost }];
  });
  const [first] = lost;
  return [
    ...listed(broken, (link, more) =>
      findingOn(host.address).error(
        'model-link',
        `${link} is a link to ${links[link] ?? 'what'}, which does not exist${more}`,
        'copy the model to the host again',
      ),
    ),
    ...(first === undefined
      ? []
      : [
          findingOn(host.address).error(
            'model-link',
            `${first.link} is a link that leads to ${first.inside} in the container of ${node}, where nothing is mounted${moreText(lost.length - 1)}`,
            `add ${JSON.stringify(neededMount(lost))} to services.container.mounts, or copy the model without links: cp -rL ${modelPath} FOLDER`,
          ),
        ]),
  ];
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
  if (uid === undefined || Number(uid) === 0) return [];
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
        `chmod -R a+rX ${modelPath} on that host, or take the user out of services.container.flags`,
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
