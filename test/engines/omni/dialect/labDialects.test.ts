import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Dialect, KnownDialect } from '../../../../src/engines/omni/dialect/dialect.ts';
import { DIALECT_FILES } from '../../../../src/engines/omni/dialect/dialectFiles.ts';
import { dialectOf } from '../../../../src/engines/omni/dialect/dialectOf.ts';
import { codeFiles } from '../../../../src/lab/code.ts';
import { IMITATED, type Imitated, SOURCES } from '../../../../src/lab/engines/omni/dialects/dialect.ts';
import { IMITATED_SNAPSHOT } from './recorded.ts';

/** Defaults that name hosts, files and interfaces of its authors: the imitation has none. */
const OF_A_SITE = [
  'GLOBAL_DECODE_SERVER_IP_LIST',
  'GLOBAL_RANK_TABLE_FILE_PATH',
  'GLOO_SOCKET_IFNAME',
  'LOCAL_DECODE_SERVER_IP_LIST',
  'MASTER_IP',
  'MODEL_EXTRA_CFG_PATH',
  'MODEL_PATH',
  'RANK_TABLE_FILE_PATH',
  'TP_SOCKET_IFNAME',
];

describe.each(IMITATED)('the lab’s imitation of %s', (name) => {
  const golden = `test/golden/omni/${IMITATED_SNAPSHOT[name]}.json`;
  const recorded: KnownDialect = JSON.parse(readFileSync(golden, 'utf8'));

  it('accepts, sets and reads what was recorded from the original', () => {
    expect(comparable(read(name))).toEqual(comparable(recorded.dialect));
  });

  it('names the repository and the commit of the recording', () => {
    const { repository, commit, date } = recorded;
    expect(SOURCES[name]).toMatchObject({ repository, commit, date, version: recorded.dialect.version });
  });
});

function read(name: Imitated): Dialect {
  const paths = new Set<string>(Object.values(DIALECT_FILES));
  const texts = codeFiles(name).filter(({ path }) => paths.has(path));
  return dialectOf(Object.fromEntries(texts.map(({ path, content }) => [path, String(content)])))!;
}

/** Without omni_proxy.sh, which the lab does not have. */
function comparable(dialect: Dialect): Dialect {
  const variables = Object.entries(dialect.variables).map(([name, variable]) => [
    name,
    OF_A_SITE.includes(name) ? { ...variable, value: null } : variable,
  ]);
  return {
    ...dialect,
    flags: { ...dialect.flags, 'omni_proxy.sh': null },
    pdPolicies: [],
    variables: Object.fromEntries(variables),
  };
}
