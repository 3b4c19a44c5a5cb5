import type { ContainerFacts, DockerFacts } from './facts.ts';
import { dieNumbers } from './parseHoldings.ts';
import { body, lines, type Section } from './sections.ts';

/** `images`: the references asked for, in the order asked. */
export function parseDocker(sections: readonly Section[], images: readonly string[]): DockerFacts {
  const said = lines(body(sections, 'docker')).map((line) => line.trim());
  const none = { version: null, images: Object.fromEntries(images.map((ref) => [ref, null])), containers: [] };
  if (said[0] === 'absent') return { state: 'absent', reason: 'no docker client on this host', ...none };
  if (sections.some((section) => section.name === 'docker-down')) {
    // the client reports itself too, in JSON
    const words = said.filter((line) => !line.startsWith('{')).at(-1);
    return { state: 'down', reason: words ?? 'the docker daemon does not answer in time', ...none };
  }
  return {
    state: 'up',
    reason: null,
    version: versionOf(said),
    images: Object.fromEntries(images.map((ref, index) => [ref, imageId(sections, index)])),
    containers: lines(body(sections, 'containers')).flatMap(parseContainer),
  };
}

/** podman answers to the name docker too: it has no server, and spells its client's API version otherwise. */
function versionOf(said: readonly string[]): string | null {
  const version = parseJson<Version>(said.find((line) => line.startsWith('{')) ?? '');
  if (version?.Client?.APIVersion !== undefined) return `podman ${version.Client.Version ?? ''}`.trim();
  return textOr(version?.Server?.Version, null);
}

function parseJson<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T | null;
  } catch {
    return null;
  }
}

interface Version {
  readonly Client?: { readonly Version?: string; readonly APIVersion?: string };
  readonly Server?: { readonly Version?: string } | null;
}

function imageId(sections: readonly Section[], index: number): string | null {
  const found = sections.find((section) => section.name === 'image' && section.index === index);
  return fullImageId(found?.body.trim());
}

/** podman leaves the `sha256:` out. */
function fullImageId(id: string | undefined): string | null {
  if (id === undefined || id === '') return null;
  return /^[0-9a-f]{64}$/.test(id) ? `sha256:${id}` : id;
}

function parseContainer(line: string): readonly ContainerFacts[] {
  // no JSON: a container that went away while docker looked at it
  const said = parseJson<Inspected>(line);
  if (typeof said?.id !== 'string' || typeof said.name !== 'string') return [];
  return [
    {
      id: said.id,
      name: said.name.replace(/^\//, ''),
      image: textOr(said.image, ''),
      imageId: fullImageId(textOr(said.imageId, undefined)),
      running: said.running === true,
      status: textOr(said.status, ''),
      labels: Object.fromEntries(Object.entries(said.labels ?? {}).filter(([, value]) => typeof value === 'string')),
      dies: typeof said.dies?.[0] === 'string' ? dieNumbers(said.dies[0]) : null,
      ...restartsOf(said),
    },
  ];
}

function restartsOf(said: Inspected): Pick<ContainerFacts, 'restarts'> {
  const count = Number.isInteger(said.restarts) ? said.restarts! : 0;
  const lastMs = Date.parse(textOr(said.startedAt, ''));
  const waits = said.restarting === true;
  if ((count < 1 && !waits) || !Number.isFinite(lastMs)) return {};
  const exitCode = waits && Number.isInteger(said.exitCode) ? said.exitCode! : null;
  return { restarts: { count, lastS: lastMs / 1000, waits, exitCode, outOfMemory: said.oomKilled === true } };
}

/** A host's answer is input: a value of another type counts as absent. */
function textOr<T>(said: unknown, otherwise: T): string | T {
  return typeof said === 'string' ? said : otherwise;
}

interface Inspected {
  readonly id?: string;
  readonly name?: string;
  readonly image?: string | null;
  readonly imageId?: string | null;
  readonly status?: string | null;
  readonly running?: boolean;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly dies?: readonly string[];
  readonly restarts?: number | null;
  readonly restarting?: boolean;
  readonly startedAt?: string | null;
  readonly exitCode?: number | null;
  readonly oomKilled?: boolean;
}
