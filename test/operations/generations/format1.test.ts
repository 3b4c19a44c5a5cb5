import { expect, it } from 'vitest';
import type { Artifact } from '../../../src/engines/artifact.ts';
import type { DesiredNode } from '../../../src/engines/desired.ts';
import type { DesiredFile } from '../../../src/engines/desiredFile.ts';
import { desiredOf } from '../../../src/engines/desiredOf.ts';
import { engineOf } from '../../../src/engines/index.ts';
import { httpProbes } from '../../../src/engines/readiness.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { parseLoosely } from '../../../src/files/parseJson.ts';
import { fromFormat1 } from '../../../src/operations/generations/format1.ts';
import { KeptRecordFormat1Shape, KeptRecordShape } from '../../../src/operations/generations/keptRecord.gen.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { freshFacts } from '../../fakes/facts.ts';
import { filesOfTag } from '../../fakes/filesOfTag.ts';

const WHEEL = '/home/user/a.whl';
const DEPLOYMENT = fakeDeployment({
  prefill: [{ hosts: ['10.0.0.1', '10.0.0.3'] }],
  codePath: '/code',
  wheels: [WHEEL],
});
const TOPOLOGY = topologyOf(DEPLOYMENT);
const INPUTS = { files: { [WHEEL]: { sha256: 'a', sizeBytes: 1 } }, bytes: {}, trees: { '/code/omniinfer': 'c0de' } };
const DESIRED = desiredOf(
  engineOf(DEPLOYMENT.engine),
  DEPLOYMENT,
  TOPOLOGY,
  freshFacts(TOPOLOGY, DEPLOYMENT.image),
  INPUTS,
);
const BASE = { generation: 'g', run: 'r-1', hosts: ['10.0.0.1'], deployment: DEPLOYMENT };

it('reads what hosts have kept of a node before there were artifacts', () => {
  const nodes = Object.values(DESIRED.nodes);
  const text = JSON.stringify({ ...BASE, format: 1, nodes: nodes.map(asFormat1) });
  const record = parseLoosely(text, KeptRecordFormat1Shape);
  const wanted = { ...BASE, format: 2, nodes: nodes.map(asFormat2) };
  expect(record && fromFormat1(record)).toEqual(wanted);
  expect(parseLoosely(JSON.stringify(wanted), KeptRecordShape)).toEqual(wanted);
  expect(parseLoosely(text, KeptRecordShape)).toBeNull();
});

/** As omniplace 0.1 kept it. */
function asFormat1({ artifacts, paths, server, ...node }: DesiredNode) {
  const wheels = filesOfTag({ ...node, server, artifacts, paths }, 'push_config').filter(({ path }) =>
    path.endsWith('.whl'),
  );
  return {
    ...node,
    server: {
      ...server,
      readiness: httpProbes(server.readiness),
      joined: 'file' in server.readiness ? server.readiness.file : null,
    },
    paths: { ...paths, wheelsMarker: `${paths.run}/wheels` },
    files: filesOfTag({ ...node, server, artifacts, paths }, 'push_config').map(withoutContent),
    rankTables: filesOfTag({ ...node, server, artifacts, paths }, 'ranktable').map(withoutContent),
    code: {
      from: '/code/omniinfer',
      to: `${paths.cluster}/code/omniinfer`,
      digest: 'c0de',
      marker: `${paths.cluster}/code/digest`,
    },
    wheels: wheels.map(({ path, sha256 }) => ({ path, sha256 })),
  };
}

function asFormat2(node: DesiredNode) {
  const { paths } = node;
  // that format is older than install_code
  const older = node.artifacts.filter(({ tag }) => tag !== 'install_code');
  const artifacts = older.map((artifact) => ({ ...artifact, bring: kept(artifact) }));
  return { ...node, paths: { ...paths, wheelsMarker: `${paths.run}/wheels` }, artifacts };
}

function kept({ bring }: Artifact) {
  if (bring.kind === 'put') return { ...bring, files: bring.files.map(withoutContent) };
  return bring.kind === 'sync' ? { ...bring, from: 'code' } : bring;
}

function withoutContent({ content: _, ...file }: DesiredFile) {
  return file;
}
