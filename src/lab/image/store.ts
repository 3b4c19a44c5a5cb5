import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { sha256 } from '../../files/digests.ts';
import { run } from '../shell.ts';
import { chainIds, type Image } from './labImage.ts';
import type { Layer } from './layer.ts';

/**
 * Writes the image into `directory` as a dockerd with the overlay2 driver would keep it, no dockerd needed: every host is
 * seeded with it, so all have the same image under the same id.
 */
export async function writeStore(image: Image, directory: string, signal?: AbortSignal): Promise<void> {
  const chain = chainIds(image.layers);
  const images = `${directory}/image/overlay2`;
  for (const folder of [
    `${images}/imagedb/content/sha256`,
    `${images}/imagedb/metadata/sha256`,
    `${images}/distribution`,
  ]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  mkdirSync(`${directory}/overlay2/l`, { recursive: true, mode: 0o700 });
  writeFileSync(`${images}/imagedb/content/sha256/${image.id}`, image.config);
  writeFileSync(`${images}/repositories.json`, JSON.stringify(repositories(image)));
  for (const [i, layer] of image.layers.entries()) {
    writeRecord(`${images}/layerdb/sha256/${chain[i]}`, layer, chain, i);
    await writeFiles(`${directory}/overlay2`, layer, chain, i, signal);
  }
}

/** Gives one host's empty data-root the store's image; files are hard links (a container never writes to its layers). */
export async function seedStore(store: string, dataRoot: string, signal?: AbortSignal): Promise<void> {
  mkdirSync(dataRoot, { recursive: true, mode: 0o711 });
  await Promise.all([
    run(['cp', '-al', `${store}/overlay2`, dataRoot], { signal }),
    run(['cp', '-a', `${store}/image`, dataRoot], { signal }),
  ]);
}

function writeRecord(folder: string, layer: Layer, chain: readonly string[], i: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder}/diff`, `sha256:${layer.diffId}`);
  writeFileSync(`${folder}/cache-id`, cacheId(chain[i]!));
  writeFileSync(`${folder}/size`, `${layer.sizeBytes}`);
  copyFileSync(layer.tarSplit, `${folder}/tar-split.json.gz`);
  if (i > 0) writeFileSync(`${folder}/parent`, `sha256:${chain[i - 1]}`);
}

async function writeFiles(overlay: string, layer: Layer, chain: readonly string[], i: number, signal?: AbortSignal) {
  const id = cacheId(chain[i]!);
  mkdirSync(`${overlay}/${id}`, { mode: 0o710 });
  await run(['cp', '-a', layer.diff, `${overlay}/${id}/diff`], { signal });
  writeFileSync(`${overlay}/${id}/link`, shortName(id));
  symlinkSync(`../${id}/diff`, `${overlay}/l/${shortName(id)}`);
  if (i === 0) return;
  const lower = chain
    .slice(0, i)
    .reverse()
    .map((below) => `l/${shortName(cacheId(below))}`);
  writeFileSync(`${overlay}/${id}/lower`, lower.join(':'));
  mkdirSync(`${overlay}/${id}/work`, { mode: 0o700 });
}

function repositories(image: Image) {
  const repository = image.ref.slice(0, image.ref.lastIndexOf(':'));
  return { Repositories: { [repository]: { [image.ref]: `sha256:${image.id}` } } };
}

/** dockerd picks these at random; ours follow from the layer. */
function cacheId(chainId: string): string {
  return sha256(`cache ${chainId}`);
}

function shortName(id: string): string {
  return sha256(`link ${id}`).slice(0, 26).toUpperCase();
}
