import { posix } from 'node:path';
import digestTemplate from '../../templates/digest.sh';
import template from '../../templates/put.sh';
import type { DesiredFile } from '../engines/desiredFile.ts';
import { quote, quoteWord } from '../shell/quote.ts';
import { isHeavy, type Load, staged } from './putLoad.ts';

/**
 * The script that receives `files`, of which `load` is sent.
 * @param tarBytes size of the tar stream
 */
export function putScript(
  files: readonly DesiredFile[],
  { packed, plain }: Load,
  stage: string,
  tarBytes: number,
): string {
  const folders = [...new Set(files.map((file) => posix.dirname(file.path)))];
  const inFolder = (folder: string) => files.filter((file) => posix.dirname(file.path) === folder);
  const stagedIn = (folder: string) => inFolder(folder).map((file) => staged(file, stage));
  const light = files.filter((file) => !isHeavy(file));
  const heavy = files.filter(isHeavy);
  const needs = folders.map((folder) => inFolder(folder).reduce((sum, file) => sum + file.sizeBytes, 0));
  // in the order of `digests`
  const expected = [...light, ...heavy].map((file) => file.sha256).join('\n');
  const define = (name: string, commands: readonly string[], glue: string) =>
    `${name}() { ${[':', ...commands].join(glue)}; }`;
  return [
    `stage=${stage}`,
    `needs=${quoteWord(needs.join(' '))}`,
    `expected=${quoteWord(expected)}`,
    `folders() { "$@" ${quote(['', ...folders]).slice(3)}; }`,
    `stages() { "$@" ${quote(['', ...folders.map((folder) => posix.join(folder, stage))]).slice(3)}; }`,
    `staged() { "$@" ${quote(['', ...folders.flatMap(stagedIn)]).slice(3)}; }`,
    define(
      'arrive',
      [
        ...unpack(packed, plain, tarBytes),
        ...plain.flatMap((file) => receive(file, stage)),
        ...(plain.length > 0 ? ['taken'] : []),
      ],
      ' && ',
    ),
    define(
      'digests',
      [...summed(light, stage), ...heavy.map((file) => `digest <${quoteWord(staged(file, stage))}`)],
      '; ',
    ),
    define(
      'copies',
      files.flatMap((file) => copyOf(file, stage)),
      ' && ',
    ),
    `place() { ${folders.map((folder) => quote(['mv', '-f', '--', ...stagedIn(folder), `${folder}/`])).join(' && ')}; }`,
    define('as_found', files.flatMap(asFound), '; '),
    digestTemplate,
    template,
  ].join('\n');
}

function unpack(packed: readonly DesiredFile[], plain: readonly DesiredFile[], tarBytes: number): string[] {
  if (packed.length === 0) return [];
  const tar = 'tar -C / -x -p -o -f -';
  // tar reads on to the end of its input, which is not its own when more follows
  return plain.length === 0 ? [tar] : [`take ${tarBytes} 2>/dev/null | ${tar}`];
}

function receive(file: DesiredFile, stage: string): string[] {
  const path = staged(file, stage);
  return [`receive ${file.sizeBytes} ${quoteWord(path)}`, quote(['chmod', file.mode.toString(8), '--', path])];
}

function summed(files: readonly DesiredFile[], stage: string): string[] {
  return files.length === 0 ? [] : [quote(['sha256sum', '--', ...files.map((file) => staged(file, stage))])];
}

function asFound({ path, found, sha256 }: DesiredFile): string[] {
  return found === undefined ? [] : [quote(['is', path, found ?? '', sha256])];
}

/** From a copy that the host keeps. */
function copyOf(file: DesiredFile, stage: string): string[] {
  if (!('hostPath' in file.content)) return [];
  const mode = file.mode.toString(8);
  return [
    quote(['cp', '-p', '--', file.content.hostPath, staged(file, stage)]),
    quote(['chmod', mode, '--', staged(file, stage)]),
  ];
}
