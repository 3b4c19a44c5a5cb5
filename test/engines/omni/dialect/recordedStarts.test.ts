import { describe, expect, it } from 'vitest';
import { differences } from '../../../contract/differences.ts';
import { RECORDED_NODES, readRecording } from '../../../contract/recording.ts';
import { renderedFor } from '../../../fakes/renderedFor.ts';
import { recordedDialect, SNAPSHOTS } from './recorded.ts';

const OWN = new URL('../../../contract/own.yml', import.meta.url);

describe.each(SNAPSHOTS)('servers that the launcher of %s started', (snapshot) => {
  const dialect = recordedDialect(snapshot);
  const rendered = renderedFor(OWN, dialect);
  const recording = readRecording(snapshot);

  it.each(RECORDED_NODES)('got the arguments and variables that the topology has for %s', (name) => {
    const start = recording.starts[name];
    // of alike servers only the first is recorded
    const topology = {
      ...rendered.topology,
      nodes: rendered.topology.nodes.map((node) => (node.role === 'proxy' ? node : { ...node, numServers: 1 })),
    };
    expect(differences(name, { ...rendered, topology }, dialect, start)).toEqual([]);
  });

  it('are the ones that its proxy asks', () => {
    expect(recording.proxy).toEqual({
      ports: [7000],
      prefill: ['10.0.0.1:9000', '10.0.0.3:9001'],
      decode: ['10.0.0.4:9100', '10.0.0.4:9101', '10.0.0.5:9100', '10.0.0.5:9101', '10.0.0.6:9101', '10.0.0.6:9102'],
    });
  });
});
