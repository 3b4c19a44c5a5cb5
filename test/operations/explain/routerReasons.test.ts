import { describe, expect, it } from 'vitest';
import { omniEngine } from '../../../src/engines/omni/index.ts';
import { topologyOf } from '../../../src/engines/topologyOf.ts';
import { routerReasons } from '../../../src/operations/explain/routerReasons.ts';
import { fakeDeployment } from '../../fakes/deployment.ts';
import { toyRouter } from '../../fakes/toyEngine/router.ts';

const DEPLOYMENT = fakeDeployment({ prefill: [{ hosts: ['10.0.0.1'] }, { hosts: ['10.0.0.4'] }] });
const TOPOLOGY = topologyOf(DEPLOYMENT);

describe('routerReasons', () => {
  it('shows that a router adds and removes instances while serving, with a command as an example', () => {
    const router = toyRouter(DEPLOYMENT, TOPOLOGY)!;
    expect(routerReasons(router)).toEqual({
      prefill_servers: {
        value: ['10.0.0.1:9000', '10.0.0.4:9001'],
        because: 'the first stage of each prefill instance',
      },
      decode_servers: { value: ['10.0.0.2:9100'], because: 'the first stage of each decode instance' },
      balance: { value: 'round_robin', because: 'a toy has one way' },
      add_instance: {
        value: 'while serving',
        because: 'the router needs no restart; for p0: toy-router add 10.0.0.1:9000',
      },
      remove_instance: {
        value: 'while serving',
        because: 'the router needs no restart; for p0: toy-router remove 10.0.0.1:9000',
      },
    });
    const { remove: _, ...onlyAdding } = router;
    expect(Object.keys(routerReasons(onlyAdding)).filter((key) => key.endsWith('_instance'))).toEqual(['add_instance']);
  });

  it('does not mention it where the router restarts for another list', () => {
    const router = omniEngine.router!(DEPLOYMENT, TOPOLOGY)!;
    expect(Object.keys(routerReasons(router))).toEqual([
      'prefill_servers',
      'decode_servers',
      'prefill_lb_sdk',
      'decode_lb_sdk',
      'core_num',
      'start_core_index',
      'prefill_max_num_seqs',
      'decode_max_num_seqs',
    ]);
  });
});
