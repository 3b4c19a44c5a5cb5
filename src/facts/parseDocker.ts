import type { ContainerFacts, DockerFacts } from './facts.ts';
import { body, lines, type Section } from './sections.ts';

/** `images`: the references asked for, in the order asked. */
export function parseDocker(sections: readonly Section[], images: readonly string[]): DockerFacts {
  const client = body(sections, 'docker').trim();
  const version = body(sections, 'docker-version').trim();
  const none = { version: null, images: Object.fromEntries(images.map((ref) => [ref, null])), containers: [] };
  if (client === 'absent') return { state: 'absent', reason: 'no docker client on this host', ...none };
  if (sections.some((section) => section.name === 'docker-down')) {
    return { state: 'down', reason: reasonOf(version) ?? 'the docker daemon does not answer within 10 s', ...none };
  }
  return {
    state: 'up',
    reason: null,
    version: versionOf(client, version),
    images: Object.fromEntries(images.map((ref, index) => [ref, imageId(sections, index)])),
    containers: lines(body(sections, 'containers')).flatMap(parseContainer),
  };
}

/** podman answers to the name docker too. */
function versionOf(client: string, server: string): string | null {
  const podman = /podman version (\S+)/.exec(client);
  if (podman) return `podman ${podman[1]}`;
  return lines(server).at(-1)?.trim() ?? null;
}

/** The daemon's own words, without the empty server version docker prints before them. */
function reasonOf(said: string): string | null {
  return lines(said).at(-1)?.trim() ?? null;
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
  let said: Inspected | null;
  try {
    said = JSON.parse(line) as Inspected | null;
  } catch {
    // a container that went away while docker looked at it
    return [];
  }
  if (typeof said?.id !== 'string' || typeof said.name !== 'string') return [];
  return [
    {
      id: said.id,
      name: said.name.replace(/^\//, ''),
      image: said.image ?? '',
      imageId: fullImageId(said.imageId ?? undefined),
      running: said.running === true,
      status: said.status ?? '',
      labels: said.labels ?? {},
      dies: parseDies(said.dies?.[0]),
    },
  ];
}

function parseDies(written: string | undefined): readonly number[] | null {
  if (written === undefined) return null;
  return written
    .split(',')
    .map((die) => die.trim())
    .filter((die) => /^\d+$/.test(die))
    .map(Number);
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
}
