import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { codeFiles } from '../../src/lab/code.ts';
import { IMITATED } from '../../src/lab/engines/omni/dialects/dialect.ts';
import { labObstacle } from '../../src/lab/machine.ts';
import { startIn } from '../contract/cell.ts';
import { type Recording, readRecording, recordingOf } from '../contract/recording.ts';
import { IMITATED_SNAPSHOT, recordedDialect } from '../engines/omni/dialect/recorded.ts';
import { renderedFor } from '../fakes/renderedFor.ts';
import { unless } from '../fakes/unless.ts';

const OWN = new URL('../contract/own.yml', import.meta.url);

describe.each(IMITATED)('the lab’s launchers of %s', unless(labObstacle()?.message ?? null), (name) => {
  const tree = mkdtempSync(join(tmpdir(), 'omniplace-imitation-'));
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it('start the same servers as the recorded originals, with the same arguments and variables', async () => {
    for (const { path, mode, content } of codeFiles(name)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), content, { mode });
    }
    const snapshot = IMITATED_SNAPSHOT[name];
    const rendered = renderedFor(OWN, recordedDialect(snapshot));
    const starts = await startIn(tree, rendered, ['p0', 'p2', 'd2', 'c0'], {
      expected: (node) => (node === 'c0' ? ['nginx', 2] : ['vllm', node === 'd2' ? 2 : 1]),
    });
    expect(comparable(recordingOf(rendered, starts))).toEqual(comparable(readRecording(snapshot)));
  });
});

/** JSON in any form. */
function comparable(recording: Recording): unknown {
  return JSON.parse(JSON.stringify(recording), (_, value) => {
    if (typeof value !== 'string' || !value.startsWith('{')) return value;
    return JSON.stringify(JSON.parse(value));
  });
}
