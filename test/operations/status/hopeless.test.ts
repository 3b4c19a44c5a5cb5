import { describe, expect, it } from 'vitest';
import { hopelessReason } from '../../../src/operations/status/hopeless.ts';
import type { NodeStatus, State } from '../../../src/operations/status/types.ts';

const reasonOf = (...nodes: (readonly [NodeStatus['role'], State])[]) =>
  hopelessReason(nodes.map(([role, state]) => ({ role, state }) as NodeStatus));

describe('a token', () => {
  it.each(['serving', 'degraded', 'starting'] as const)('may come while one node of each role is %s', (state) => {
    expect(reasonOf(['prefill', 'dead'], ['prefill', state], ['decode', 'serving'], ['proxy', 'serving'])).toBeNull();
  });

  it('is not waited for where no node of a role can answer', () => {
    expect(reasonOf(['prefill', 'serving'], ['decode', 'dead'], ['decode', 'unreachable'])).toBe(
      'no decode node can answer',
    );
  });
});
