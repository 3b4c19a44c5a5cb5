import { readdirSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Command } from '@oclif/core';

/** The commands as their files state them, by their words: `pattern build`. */
export async function everyCommand(): Promise<ReadonlyMap<string, typeof Command>> {
  const files = readdirSync('src/commands', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && statSync(`src/commands/${name}`).isFile())
    .sort();
  const modules = await Promise.all(
    files.map(async (name) => {
      const module = (await import(pathToFileURL(`src/commands/${name}`).href)) as { default: typeof Command };
      return [name.replace(/(\/index)?\.ts$/, '').replaceAll('/', ' '), module.default] as const;
    }),
  );
  return new Map(modules);
}
