import { describe, expect, it } from 'vitest';
import { engineOf } from '../../src/engines/index.ts';
import { misfits } from '../../src/engines/misfits.ts';
import { topologyOf } from '../../src/engines/topologyOf.ts';
import { type FakeDeployment, fakeDeployment } from '../fakes/deployment.ts';

const omni = engineOf('omni');
const { router: _, ...alone } = { ...omni, name: 'alone' };
const found = (engine: Parameters<typeof misfits>[0], parts: FakeDeployment = {}) => {
  const deployment = fakeDeployment(parts);
  const context = { deployment, topology: topologyOf(deployment), placeOf: () => ({ line: 3, col: 5 }) };
  return [...misfits(engine, context)].map(({ code, path, line, message, hint }) => [code, path, line, message, hint]);
};

describe('a deployment that its engine has nothing for', () => {
  it('has an accelerator that the engine does not run on', () => {
    expect(found(omni, { accelerator: 'cuda' })).toEqual([
      [
        'engine_accelerator',
        'services.accelerator',
        3,
        "`engine: omni` can't run with `accelerator: cuda`.",
        'Set accelerator to one that it runs on: ascend, none.',
      ],
    ]);
  });

  it('has a proxy that the engine has no router for', () => {
    const fault = [
      'engine_without_router',
      'deployment.proxy',
      3,
      'Engine alone has no router, and `deployment.proxy` needs one.',
      'Use `mixed` servers, which clients ask themselves.',
    ];
    expect(found(alone)).toEqual([fault]);
    expect(found({ ...alone, router: () => null })).toEqual([fault]);
  });

  it('is not one of mixed servers, nor one that the engine has all for', () => {
    expect(found(alone, { mixed: [{ hosts: ['10.0.0.1'] }] })).toEqual([]);
    expect(found(omni)).toEqual([]);
  });
});
