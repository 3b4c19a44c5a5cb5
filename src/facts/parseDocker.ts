import { digestOf } from '../files/digests.ts';
import { parseLoosely } from '../files/parseJson.ts';
import { body, lines, type Section } from '../shell/sections.ts';
import { type DockerContainer, DockerContainerShape, DockerVersionShape } from './docker.gen.ts';
import type { ContainerFacts, DockerFacts } from './facts.ts';
import { dieNumbers } from './parseHoldings.ts';

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
    ...layersOf(sections, images),
    ...variablesOf(sections, images),
    containers: lines(body(sections, 'containers')).flatMap(parseContainer),
  };
}

/** podman answers to the name docker too: it has no server, and spells its client's API version otherwise. */
function versionOf(said: readonly string[]): string | null {
  const version = parseLoosely(
    said.find((line) => line.startsWith('{')),
    DockerVersionShape,
  );
  if (version?.Client?.APIVersion !== undefined) return `podman ${version.Client.Version ?? ''}`.trim();
  return version?.Server?.Version ?? null;
}

function imageId(sections: readonly Section[], index: number): string | null {
  return fullImageId(imageLine(sections, index).split(' ')[0]);
}

/** `sha256:ID ["sha256:LAYER",..]` */
function imageLine(sections: readonly Section[], index: number): string {
  return imageLines(sections, index)[0] ?? '';
}

function imageLines(sections: readonly Section[], index: number): readonly string[] {
  return lines(sections.find((section) => section.name === 'image' && section.index === index)?.body.trim() ?? '');
}

/** Behind the first line: `"NAME=value"` a line. */
function variablesOf(sections: readonly Section[], images: readonly string[]): Pick<DockerFacts, 'imageVariables'> {
  const found = images.flatMap((ref, index) => {
    const pairs = imageLines(sections, index).flatMap((line) => {
      const [, name, value] = /^"([A-Z0-9_]+)=(.*)"$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value!.replace(/\\u003e/g, '>').replace(/\\u003c/g, '<')] as const];
    });
    return pairs.length === 0 ? [] : [[ref, Object.fromEntries(pairs)] as const];
  });
  return found.length === 0 ? {} : { imageVariables: Object.fromEntries(found) };
}

/** An image's id is that of its configuration or of its manifest, depending on docker's store. Its layers are the same in both. */
function layersOf(sections: readonly Section[], images: readonly string[]): Pick<DockerFacts, 'layers'> {
  const found = images.flatMap((ref, index) => {
    const [, listed] = /^\S+ (\["sha256:.+\])$/.exec(imageLine(sections, index)) ?? [];
    return listed === undefined ? [] : [[ref, digestOf(listed)] as const];
  });
  return found.length === 0 ? {} : { layers: Object.fromEntries(found) };
}

/** podman leaves the `sha256:` out. */
function fullImageId(id: string | undefined): string | null {
  if (id === undefined || id === '') return null;
  return /^[0-9a-f]{64}$/.test(id) ? `sha256:${id}` : id;
}

/** A host's answer is input: a value of another type counts as absent. */
function parseContainer(line: string): readonly ContainerFacts[] {
  // no JSON: a container that went away while docker looked at it
  const said = parseLoosely(line, DockerContainerShape);
  if (said === null) return [];
  const { id, image, running, status, labels, dies } = said;
  return [
    {
      id,
      name: said.name.replace(/^\//, ''),
      image,
      imageId: fullImageId(said.imageId),
      running,
      status,
      labels,
      dies: dies[0] === undefined ? null : dieNumbers(dies[0]),
      ...restartsOf(said),
    },
  ];
}

function restartsOf(said: DockerContainer): Pick<ContainerFacts, 'restarts'> {
  const { restarts: count, restarting: waits, oomKilled: outOfMemory } = said;
  const lastMs = Date.parse(said.startedAt);
  if ((count < 1 && !waits) || !Number.isFinite(lastMs)) return {};
  return { restarts: { count, lastS: lastMs / 1000, waits, exitCode: waits ? said.exitCode : null, outOfMemory } };
}
