import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/deployment/deployment.ts';
import type { ReachedHost, TreeFacts } from '../../src/facts/facts.ts';
import { buildClusterView, planInput } from '../../src/operations/cluster/clusterView.ts';
import { findProblems } from '../../src/plan/findings/findProblems.ts';
import { clusterOf } from '../fakes/clusters.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

// not below /data, which is mounted as a whole
const MODEL = '/srv/models/r1';
const NOTHING: TreeFacts = { links: {}, broken: [], unreadable: [], closed: [] };
const container = (parts: Partial<Deployment['container']>) => ({
  container: { ...fakeDeployment({}).container, ...parts },
});

/** What preflight finds where the decode host is changed. */
function found(change: (host: ReachedHost) => Partial<ReachedHost>, parts: Partial<Deployment> = {}) {
  const deployment = { ...fakeDeployment({}), modelPath: MODEL, ...parts };
  const { facts } = clusterOf(deployment, false);
  const host = facts['10.0.0.2'] as ReachedHost;
  const changed = { ...facts, '10.0.0.2': { ...host, ...change(host) } };
  const { desired, ...view } = buildClusterView(deployment, NO_INPUTS, changed);
  const findings = findProblems(planInput({ ...view, desired }));
  return {
    run: desired.nodes.d0!.container.run.join(' '),
    lines: findings.map(({ severity, message, hint }) => `${severity}: ${message} (${hint})`),
  };
}
const tree = (parts: Partial<TreeFacts>) => () => ({ trees: { [MODEL]: { ...NOTHING, ...parts } } });
const paths = (parts: ReachedHost['paths']) => (host: ReachedHost) => ({ paths: { ...host.paths, ...parts } });
const ABSENT = { exists: false, kind: null } as const;

describe('a model of a role', () => {
  const OTHER = '/srv/models/w4a8';
  const parts = {
    decode: fakeDeployment({ decode: [{ hosts: ['10.0.0.2'], settings: { modelPath: OTHER } }] }).decode,
  };

  it('is looked for where its servers load it, and the one of the cluster only where servers load that', () => {
    expect(found(paths({ [MODEL]: ABSENT }), parts).lines).toEqual([]);
    expect(found(paths({ [OTHER]: ABSENT }), parts).lines).toEqual([
      `error: model path ${OTHER} is not on the host (copy the model there, or correct model_path of the role or group)`,
    ]);
  });

  it('has links and files that are checked in its container', () => {
    const links = { [`${OTHER}/b.safetensors`]: '../blobs/b' };
    const broken = [`${OTHER}/b.safetensors`];
    expect(found(() => ({ trees: { [OTHER]: { ...NOTHING, links, broken } } }), parts).lines).toEqual([
      `error: ${OTHER}/b.safetensors is a link to ../blobs/b, which does not exist (copy the model to the host again)`,
    ]);
  });
});

describe('a model that its container can not see', () => {
  it('has links out of the only folder that is mounted', () => {
    const links = { [`${MODEL}/config.json`]: '../blobs/c', [`${MODEL}/a.safetensors`]: '../blobs/a' };
    expect(found(tree({ links })).lines).toEqual([
      `error: ${MODEL}/config.json is a link that leads to /srv/models/blobs/c in the container of d0, where nothing is mounted; so is 1 more (add "/srv/models/blobs:/srv/models/blobs:ro" to services.container.mounts, or copy the model without links: cp -rL ${MODEL} FOLDER)`,
    ]);
    expect(found(tree({ links }), container({ mounts: ['/srv/models/blobs:/srv/models/blobs'] })).lines).toEqual([]);
  });

  it('is reached by a link itself, so its own links lead elsewhere in a container', () => {
    const links = {
      [MODEL]: '/nfs/hub/snapshots/f1',
      [`${MODEL}/config.json`]: '../../blobs/c',
      '/nfs/hub/snapshots/f1/config.json': '../../blobs/c',
    };
    expect(found(tree({ links })).lines).toEqual([
      `error: ${MODEL}/config.json is a link that leads to /srv/blobs/c in the container of d0, where nothing is mounted (add "/nfs/hub/blobs:/srv/blobs:ro" to services.container.mounts, or copy the model without links: cp -rL ${MODEL} FOLDER)`,
    ]);
  });

  it('has links to files that are gone', () => {
    const links = { [`${MODEL}/b.safetensors`]: '../blobs/b' };
    expect(found(tree({ links, broken: [`${MODEL}/b.safetensors`] })).lines).toEqual([
      `error: ${MODEL}/b.safetensors is a link to ../blobs/b, which does not exist (copy the model to the host again)`,
    ]);
  });

  it('has links that lead in a circle, on the host or in the container', () => {
    const own = { [`${MODEL}/config.json`]: 'config.json', [`${MODEL}/m1`]: 'm2', [`${MODEL}/m2`]: 'm1' };
    expect(found(tree({ links: own, broken: [`${MODEL}/config.json`, `${MODEL}/m1`, `${MODEL}/m2`] })).lines).toEqual([
      `error: ${MODEL}/config.json is a link that leads in a circle; so are 2 more (copy the model to the host again)`,
    ]);
    const links = { [MODEL]: '/nfs/f1', '/nfs/f1/a': '../r1/a', [`${MODEL}/a`]: '../r1/a', '/nfs/r1/a': 'b' };
    expect(found(tree({ links })).lines).toEqual([
      `error: ${MODEL}/a is a link that leads in a circle in the container of d0 (copy the model without links: cp -rL ${MODEL} FOLDER)`,
    ]);
  });

  it.each([
    ['absent', `model path ${MODEL} has no config.json`],
    ['empty', `${MODEL}/config.json is empty`],
    ['folder', `${MODEL}/config.json is a folder, where a file of the model belongs`],
  ] as const)('has a config.json that is %s', (kind, problem) => {
    expect(found(tree({ config: { name: 'config.json', kind } })).lines).toEqual([
      `error: ${problem} (copy the model there again, or correct the path of the model: ls -la ${MODEL})`,
    ]);
  });

  it('has a config.json that is JSON as Python reads it, or params.json for it', () => {
    const lines = (text: string) =>
      found((host) => ({
        trees: { [MODEL]: { ...NOTHING, config: { name: 'params.json', kind: 'file' } } },
        texts: { ...host.texts, [`${MODEL}/params.json`]: text },
      })).lines;
    expect(lines('{"a": NaN, "b": -Infinity}')).toEqual([]);
    expect(lines('version https://git-lfs.github.com/spec/v1\noid')).toEqual([
      `error: ${MODEL}/params.json is not JSON; it starts with "version https://git-lfs.github.com/spec/" (copy the model there again, or correct the path of the model: ls -la ${MODEL})`,
    ]);
  });

  it('has files that root may not read', () => {
    expect(found(tree({ unreadable: [`${MODEL}/a`, `${MODEL}/b`] })).lines).toEqual([
      `error: ${MODEL}/a; so is 1 more can't be read by root on the host, nor by root in a container (a network file system that maps root to another user needs files that all may read: chmod -R a+rX where they are kept)`,
    ]);
  });

  it('has files that the user of the container may not read', () => {
    const closed = [
      { path: `${MODEL}/mine`, mode: 0o600, uid: 1000, gid: 0 },
      { path: `${MODEL}/group`, mode: 0o640, uid: 0, gid: 50 },
      { path: `${MODEL}/root`, mode: 0o640, uid: 0, gid: 0 },
    ];
    const lines = (user: string) => found(tree({ closed }), container({ flags: [`--user=${user}`] })).lines;
    expect(lines('1000:50')).toEqual([
      `error: ${MODEL}/root (mode 640) can't be read by user 1000:50, as whom the container of d0 runs (chmod -R a+rX ${MODEL} on that host, or take the user out of services.container.flags)`,
    ]);
    expect(lines('0')).toEqual([]);
    expect(lines('root')).toEqual([]);
    expect(lines('omni')).toEqual([
      `warning: whether user omni can read ${MODEL}/mine (mode 600) was not checked: its number is in the image; so are 2 more (chmod -R a+rX ${MODEL} on that host, or set the user by number in services.container.flags: -u UID:GID)`,
    ]);
    expect(found(tree({ closed })).lines).toEqual([]);
  });

  it('may be there where the login user may not look', () => {
    expect(found(paths({ [MODEL]: { exists: true, kind: null, hiddenBy: '/srv/models' } })).lines).toEqual([
      `warning: model path ${MODEL} can't be looked at: the login user may not search /srv/models (set services.ssh.become: sudo, or open the folder: chmod a+x)`,
    ]);
  });
});

describe('what a host lacks', () => {
  it('of the driver’s files is not mounted, and docker makes no folder of its name', () => {
    const { run, lines } = found(paths({ '/usr/bin/hccn_tool': ABSENT, '/usr/local/dcmi': ABSENT }));
    expect(run).not.toMatch(/hccn_tool|dcmi/);
    expect(run).toContain('-v /etc/hccn.conf:/etc/hccn.conf');
    expect(lines).toEqual([]);
  });

  it('of the usual folder of the driver is mounted from where the driver is', () => {
    const driver = (driverFolder: string | null) =>
      found((host) => ({
        machine: { ...host.machine, driverFolder },
        paths: { ...host.paths, '/usr/local/Ascend/driver': ABSENT },
      }));
    const moved = driver('/usr/local/hisi/driver');
    expect(moved.run).toContain('-v /usr/local/hisi/driver:/usr/local/Ascend/driver');
    expect(moved.lines).toEqual([]);
    const none = driver(null);
    expect(none.run).not.toContain('Ascend/driver');
    expect(none.lines).toEqual([
      'warning: the host has no folder of the driver, so containers go without it (install the driver, or mount its folder with services.container.mounts)',
    ]);
  });

  it('of the driver’s files may have become a folder, which is not mounted either', () => {
    const { run, lines } = found(paths({ '/usr/bin/hccn_tool': { exists: true, kind: 'folder' } }));
    expect(run).not.toContain('hccn_tool');
    expect(lines).toEqual([
      'warning: /usr/bin/hccn_tool is a folder where a file of the driver belongs, so containers go without (an earlier mount of what did not exist made it: rmdir /usr/bin/hccn_tool on that host)',
    ]);
  });

  it('of the driver’s files does not stop a generation that was kept with them', () => {
    const deployment = { ...fakeDeployment({}), modelPath: MODEL };
    const { facts } = clusterOf(deployment, false);
    const host = facts['10.0.0.2'] as ReachedHost;
    const gone = { '/usr/bin/hccn_tool': ABSENT, '/dev/hisi_hdc': ABSENT };
    const changed = { ...facts, '10.0.0.2': { ...host, paths: { ...host.paths, ...gone } } };
    // as it was made when nothing was known of the host
    const { desired } = buildClusterView(deployment, NO_INPUTS, facts);
    const view = { ...buildClusterView(deployment, NO_INPUTS, changed), desired };
    expect(desired.nodes.d0!.container.run.join(' ')).toContain('hccn_tool');
    expect(findProblems(planInput(view)).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('of the driver’s devices is left out', () => {
    const { run, lines } = found(paths({ '/dev/hisi_hdc': ABSENT }));
    expect(run).not.toContain('/dev/hisi_hdc');
    expect(lines).toEqual([
      'warning: /dev/hisi_hdc is not on the host, so containers go without (is the driver loaded? npu-smi info -l; dmesg shows why it is not)',
    ]);
  });

  it('of the file’s own mounts and devices keeps anything from being touched', () => {
    const parts = container({ mounts: ['/nfs/cache:/cache'], devices: ['/dev/uverbs9'] });
    expect(found(paths({ '/nfs/cache': ABSENT, '/dev/uverbs9': ABSENT }), parts).lines).toEqual([
      'error: /nfs/cache is mounted into containers, and is not on the host (mkdir -p /nfs/cache on that host, or correct services.container.mounts; docker would leave an empty folder there)',
      'error: /dev/uverbs9 is given to containers, and is not on the host (load the driver that makes it, or correct services.container.devices)',
    ]);
    expect(found(paths({ '/nfs/my cache': ABSENT }), container({ mounts: ['/nfs/my cache:/cache'] })).lines).toEqual([
      expect.stringContaining("(mkdir -p '/nfs/my cache' on that host, or"),
    ]);
  });

  it('is not known without an answer, and everything is then mounted', () => {
    const { run, lines } = found(() => ({}));
    expect(run).toContain('-v /usr/bin/hccn_tool:/usr/bin/hccn_tool');
    expect(lines).toEqual([]);
  });
});

describe('a mount of the file', () => {
  it('takes the place of the accelerator’s own mount there, which docker would refuse as a second one', () => {
    const { run } = found(() => ({}), container({ mounts: ['/scratch:/tmp'] }));
    expect(run).toContain('-v /scratch:/tmp');
    expect(run).not.toContain('-v /tmp:/tmp');
  });
});
