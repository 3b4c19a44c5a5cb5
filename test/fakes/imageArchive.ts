import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Image } from '../../src/lab/image/labImage.ts';
import { layerTar } from '../../src/lab/image/layer.ts';
import { CACHE } from '../../src/lab/labPaths.ts';
import { run, runScript } from '../../src/lab/shell.ts';

/** Writes what `docker save IMAGE | gzip` would: `docker load` of it gives the image under the very id the lab's hosts have. */
export async function writeImageArchive(image: Image, archive: string, signal?: AbortSignal): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(`${CACHE}/archive-`);
  try {
    for (const { diff, diffId } of image.layers) {
      mkdirSync(`${folder}/${diffId}`);
      await runScript('"$@" > "$TO"', { TO: `${folder}/${diffId}/layer.tar` }, { args: layerTar(diff), signal });
    }
    writeFileSync(`${folder}/${image.id}.json`, image.config);
    writeFileSync(`${folder}/manifest.json`, JSON.stringify([manifest(image)]));
    mkdirSync(dirname(archive), { recursive: true });
    await run(['tar', '-C', folder, '--use-compress-program=gzip -1', '-cf', `${archive}.partial`, '.'], { signal });
    renameSync(`${archive}.partial`, archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function manifest(image: Image) {
  return {
    Config: `${image.id}.json`,
    RepoTags: [image.ref],
    Layers: image.layers.map(({ diffId }) => `${diffId}/layer.tar`),
  };
}
