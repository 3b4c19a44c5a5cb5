import type { Take } from './engineArguments.ts';
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
export function refuseOthers(document: ForeignDocument, texts: readonly ScriptText[], take: Take): void {
  const refuse = (path: Path, words: string): never => {
    const line = document.lineOf(path);
    throw new ForeignFileError(`${document.file}${line === null ? '' : `:${line}`}: ${words}`);
  };
  for (const { path, text } of texts) {
    if (/\bsglang[._]?\S*launch_server|-m\s+sglang\b|--engine-type\s+"?sglang/i.test(text))
      refuse(path, 'the playbook starts SGLang; omniplace starts OmniInfer with vLLM, and can’t import it');
    if (/enable_pd_elastic_scaling/.test(text)) refuse(path, ELASTIC);
  }
  const usesLmCache =
    texts.some(({ text }) => /LMCacheConnectorV1/.test(text)) && take('KV_CONNECTOR') === 'LMCacheConnectorV1';
  const place = texts.find(({ path, text }) => path.at(-1) === 'KV_CONNECTOR' && text === 'LMCacheConnectorV1');
  if (usesLmCache)
    refuse(
      place?.path ?? [],
      'KV_CONNECTOR is LMCacheConnectorV1, which needs etcd and Mooncake; omniplace does not start them, and can’t import the playbook',
    );
  const bare = texts.find(({ text }) => isWithoutTables(text));
  if (bare !== undefined) refuse(bare.path, ELASTIC);
}

function isWithoutTables(text: string): boolean {
  const command = /pd_run\.sh\s.*/s.exec(text)?.[0] ?? '';
  return command.includes('--role') && command.includes('--kv-rank') && !command.includes('--rank-table-path');
}
