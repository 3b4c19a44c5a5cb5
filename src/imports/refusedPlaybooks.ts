import { type ForeignDocument, ForeignFileError, type Path } from './foreignDocument.ts';

const ELASTIC = 'the playbook starts an elastic cluster (servers without rank tables); omniplace can’t import it';

interface ScriptText {
  readonly path: Path;
  readonly text: string;
}

/**
 * Playbooks whose servers can't be described: imported, they would start as other servers.
 * @throws ForeignFileError
 */
export function refuseOthers(document: ForeignDocument, texts: readonly ScriptText[]): void {
  for (const { path, text } of texts) {
    if (/\bsglang[._]?\S*launch_server|-m\s+sglang\b|--engine-type\s+"?sglang/i.test(text))
      refuse(document, path, 'the playbook starts SGLang; omniplace starts OmniInfer with vLLM, and can’t import it');
    if (/enable_pd_elastic_scaling/.test(text)) refuse(document, path, ELASTIC);
  }
}

/**
 * Start scripts without rank tables, but for a connector that has its own reason.
 * @throws ForeignFileError
 */
export function refuseElastic(document: ForeignDocument, texts: readonly ScriptText[]): void {
  const bare = texts.find(({ text }) => isWithoutTables(text));
  if (bare !== undefined) refuse(document, bare.path, ELASTIC);
}

interface UsedConnector {
  /** Of the start script. */
  readonly path: Path;
  readonly connector: string | null;
}

/**
 * The connector that a role's start command names, once its variables are filled in.
 * @throws ForeignFileError when servers need others that omniplace does not start
 */
export function refuseConnector(
  document: ForeignDocument,
  texts: readonly ScriptText[],
  { path, connector }: UsedConnector,
): void {
  if (connector === null || !/^LMCache/.test(connector)) return;
  const place = texts.find(({ text }) => text === connector)?.path ?? path;
  const name = place === path ? '--kv-connector' : String(place.at(-1));
  refuse(
    document,
    place,
    `${name} is ${connector}, which needs etcd and Mooncake; omniplace does not start them, and can’t import the playbook`,
  );
}

function refuse(document: ForeignDocument, path: Path, words: string): never {
  const line = document.lineOf(path);
  throw new ForeignFileError(`${document.file}${line === null ? '' : `:${line}`}: ${words}`);
}

function isWithoutTables(text: string): boolean {
  const command = /pd_run\.sh\s.*/s.exec(text)?.[0] ?? '';
  return command.includes('--role') && command.includes('--kv-rank') && !command.includes('--rank-table-path');
}
