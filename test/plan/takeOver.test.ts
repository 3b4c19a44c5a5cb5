import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { boundPorts } from '../../src/engines/boundPorts.ts';
import { desiredOf } from '../../src/engines/desiredOf.ts';
import { engineOf } from '../../src/engines/index.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import type { ContainerFacts, Facts } from '../../src/facts/facts.ts';
import { takeOverOf } from '../../src/plan/foreign.ts';
import { makePlan } from '../../src/plan/makePlan.ts';
import { removeOurs, tryContainer } from '../../src/plan/phases/containerScripts.ts';
import { EVERYTHING, select } from '../../src/plan/select.ts';
import type { Plan } from '../../src/plan/step.ts';
import { fakeDeployment } from '../fakes/deployment.ts';
import { convergedFacts, freshFacts, freshHost } from '../fakes/facts.ts';
import { NO_INPUTS } from '../fakes/inputs.ts';

const DEPLOYMENT = fakeDeployment({ prefill: [{ hosts: ['10.0.0.1'] }], decode: [{ hosts: ['10.0.0.2'] }] });
const TOPOLOGY = topologyOf(DEPLOYMENT);
const ENGINE = engineOf('omni');

const OLD: ContainerFacts = {
  id: 'f'.repeat(64),
  name: 'w_omni_infer_decode_d0',
  image: 'x',
  imageId: null,
  running: true,
  status: 'Up 3 weeks',
  labels: {},
  dies: null,
};
const NAMESAKE: ContainerFacts = { ...OLD, id: 'a'.repeat(64), name: 'omniplace_decode_d0', running: false };

/** Facts in which d0's host has these containers; the first holds dies and ports. */
function factsWith(
  containers: readonly ContainerFacts[],
  docker = freshHost('10.0.0.2', DEPLOYMENT.image).docker,
): Facts {
  return {
    ...freshFacts(TOPOLOGY, DEPLOYMENT.image),
    '10.0.0.2': freshHost('10.0.0.2', DEPLOYMENT.image, {
      docker: { ...docker, containers },
      listening: [
        { port: 9101, pid: 77 },
        { port: 22, pid: 1 },
      ],
      holdings: { [OLD.id]: { ports: [9101], dies: [0, 1] } },
    }),
  };
}

function planFrom(facts: Facts, takeOver: readonly string[], askedFor: readonly 'clean_up'[] = []): Plan {
  return makePlan(
    {
      deployment: DEPLOYMENT,
      topology: TOPOLOGY,
      desired: desiredOf(ENGINE, DEPLOYMENT, TOPOLOGY, facts, NO_INPUTS),
      facts,
      engine: ENGINE,
      portsOf: boundPorts(ENGINE, DEPLOYMENT, TOPOLOGY),
      pushBytes: () => 0,
      imageBytes: () => 0,
    },
    askedFor,
    takeOver,
  );
}

function verdict(plan: Plan): string {
  const action = plan.steps.find((step) => step.id === 'preflight/d0/host')?.action;
  return action?.kind === 'check' ? `${action.verdict}: ${action.reason}` : 'none';
}

describe('a foreign container in the way', () => {
  it('is told by what it holds, once', () => {
    expect(verdict(planFrom(factsWith([OLD]), []))).toBe(
      'failed: container w_omni_infer_decode_d0 holds dies 0,1 that d0 needs and port 9101 that d0 needs (serve with --take-over w_omni_infer_decode_d0 stops it)',
    );
  });

  it('is told with its owner and the name that it has', () => {
    const other = {
      ...OLD,
      name: 'omniplace_decode_d0',
      labels: { 'omniplace.cluster': 'old', 'omniplace.node': 'd3' },
    };
    expect(verdict(planFrom(factsWith([other]), []))).toBe(
      "failed: container omniplace_decode_d0 belongs to old/d3, and has the name of d0's; it holds dies 0,1 that d0 needs and port 9101 that d0 needs (serve with --take-over omniplace_decode_d0 stops it and gives it another name, or set services.container.name_prefix; omniplace never removes what is not its own)",
    );
  });

  it('holds nothing once it is stopped', () => {
    const facts = factsWith([{ ...OLD, running: false }]);
    const host = facts['10.0.0.2'];
    const free = { ...facts, '10.0.0.2': { ...(host as Extract<typeof host, { reachable: true }>), listening: [] } };
    expect(verdict(planFrom(free, []))).toBe('ok: fit');
  });
});

describe('--take-over', () => {
  it('stops it before anything else is done on its host, and never removes it', () => {
    const plan = planFrom(factsWith([OLD]), ['w_omni_*']);
    expect(verdict(plan)).toBe('ok: fit');
    const [...tries] = plan.steps.filter(({ id }) => /^take_over\/\w+\/try$/.test(id));
    const steps = plan.steps.filter((step) => step.tag === 'take_over' && !tries.includes(step));
    expect(steps).toEqual([
      {
        id: 'take_over/d0/stop-w_omni_infer_decode_d0',
        tag: 'take_over',
        node: 'd0',
        host: '10.0.0.2',
        title: 'stop container w_omni_infer_decode_d0',
        because: "--take-over names it, and it is not r1's",
        needs: [],
        together: tries.map(({ id }) => id),
        after: [],
        guard: null,
        action: { kind: 'exec', argv: ['docker', 'stop', OLD.id], in: null, stdin: null },
        deadlineMs: 120_000,
        disruptive: true,
      },
    ]);
    const create = plan.steps.find((step) => step.id === 'run_docker/d0/create');
    expect(create?.needs).toContain(steps[0]!.id);
    expect(
      plan.steps.flatMap((step) => (step.action.kind === 'exec' ? [step.action.argv.slice(0, 2).join(' ')] : [])),
    ).not.toContain('docker rm');
  });

  it('is preceded on every host by a container of ours that docker makes and removes again', () => {
    const plan = planFrom(factsWith([OLD]), ['w_omni_*']);
    expect(plan.steps.filter(({ tag }) => tag === 'take_over').map(({ id, title }) => [id, title])).toEqual([
      ['take_over/p0/try', 'try container omniplace_prefill_p0.next'],
      ['take_over/d0/try', 'try container omniplace_decode_d0.next'],
      ['take_over/c0/try', 'try container omniplace_proxy_c0.next'],
      ['take_over/d0/stop-w_omni_infer_decode_d0', 'stop container w_omni_infer_decode_d0'],
    ]);
  });

  it('tries no container whose image is not on its host yet', () => {
    const docker = { ...freshHost('10.0.0.2', DEPLOYMENT.image).docker, images: { [DEPLOYMENT.image]: null } };
    const plan = planFrom(factsWith([OLD], docker), ['w_omni_*']);
    expect(plan.steps.map(({ id }) => id)).not.toContain('take_over/d0/try');
  });

  it.each([
    ['refuses', 'run) exit 125;;', 125, ['run', 'inspect', 'rm']],
    ['takes', 'run) :;;', 0, ['run', 'inspect', 'inspect', 'rm']],
  ])('removes what it tried where docker %s it', (_, ran, code, calls) => {
    const folder = mkdtempSync(join(tmpdir(), 'omniplace-try-'));
    try {
      // there is none of that name before the first call of run
      const docker = `#!/bin/sh
echo "$1" >> ${folder}/calls
case $1 in
  ${ran}
  inspect) grep -q run ${folder}/calls || exit 1; case $* in *Running*) echo true;; *) echo r1;; esac;;
esac`;
      writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 });
      const argv = tryContainer(['docker', 'run', '--name', 'n', 'i'], 'n.next', 'r1', [join(folder, 'made')]);
      const { status } = spawnSync('sh', argv.slice(1), { env: { PATH: `${folder}:${process.env.PATH}` } });
      expect(status).toBe(code);
      expect(existsSync(join(folder, 'made'))).toBe(true);
      expect(readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').slice(1)).toEqual(calls);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives one that has a name of ours another, and makes ours beside it', () => {
    const plan = planFrom(factsWith([NAMESAKE]), ['omniplace_decode_d0']);
    const ofHost = plan.steps.filter((step) => step.host === '10.0.0.2' && /^(take_over|run_docker)/.test(step.id));
    expect(ofHost.map((step) => [step.id, step.title])).toEqual([
      [
        'take_over/d0/rename-omniplace_decode_d0',
        'rename container omniplace_decode_d0 to omniplace_decode_d0_aaaaaaaaaaaa',
      ],
      ['run_docker/d0/folders', 'make 3 folders'],
      ['run_docker/d0/create', 'create container omniplace_decode_d0'],
    ]);
    expect(ofHost[0]?.action).toEqual({
      kind: 'exec',
      argv: ['docker', 'rename', NAMESAKE.id, 'omniplace_decode_d0_aaaaaaaaaaaa'],
      in: null,
      stdin: null,
    });
  });

  it('comes before a server whose container is there already', () => {
    const fresh = freshFacts(TOPOLOGY, DEPLOYMENT.image);
    const converged = convergedFacts(
      TOPOLOGY,
      desiredOf(ENGINE, DEPLOYMENT, TOPOLOGY, fresh, NO_INPUTS),
      DEPLOYMENT.image,
    );
    const host = converged['10.0.0.2'] as Extract<Facts[string], { reachable: true }>;
    const facts: Facts = {
      ...converged,
      '10.0.0.2': {
        ...host,
        processes: [],
        docker: { ...host.docker, containers: [...host.docker.containers, { ...OLD, dies: [3] }] },
      },
    };
    const plan = planFrom(facts, [OLD.name]);
    expect(plan.steps.find((step) => step.id === 'run_server/d0/spawn')?.needs).toContain(
      `take_over/d0/stop-${OLD.name}`,
    );
    expect(select(plan, { ...EVERYTHING, only: ['run_server'] }, TOPOLOGY).problems.join()).toContain(
      'use --only take_over,',
    );
  });

  it('says which words match nothing, and what there is', () => {
    const facts = factsWith([OLD, NAMESAKE]);
    expect(takeOverOf(['w_*', 'other'], facts, 'r1').problems).toEqual([
      "--take-over other matches no container that is not this cluster's; there are omniplace_decode_d0, w_omni_infer_decode_d0",
    ]);
    expect(takeOverOf(['x'], freshFacts(TOPOLOGY, 'i'), 'r1').problems).toEqual([
      "--take-over x matches no container that is not this cluster's; there is none on these hosts",
    ]);
  });

  it("does not touch this cluster's own", () => {
    const own = { ...OLD, labels: { 'omniplace.cluster': 'r1', 'omniplace.node': 'd0' } };
    expect(takeOverOf(['*'], factsWith([own]), 'r1').containers).toEqual([]);
  });
});

describe('clean_up', () => {
  it("removes what carries this cluster's label, and nothing else", () => {
    const own = {
      ...OLD,
      id: 'b'.repeat(64),
      name: 'omniplace_decode_d7',
      running: false,
      labels: { 'omniplace.cluster': 'r1' },
    };
    const others = { ...OLD, labels: { 'omniplace.cluster': 'other' } };
    const plan = planFrom(factsWith([own, others, NAMESAKE]), [], ['clean_up']);
    const removed = plan.steps.filter((step) => step.tag === 'clean_up' && step.host === '10.0.0.2');
    expect(removed.map((step) => (step.action.kind === 'exec' ? step.action.argv : []))).toEqual([
      removeOurs(own.id, 'r1'),
      ['rm', '-rf', '--', '/var/lib/omniplace/r1/d0'],
      ['sh', '-c', expect.stringContaining('kept: other nodes use it'), 'sh', '/var/lib/omniplace/r1'],
    ]);
  });
});
