import { describe, expect, it } from 'vitest';
import { noteFailure, Peers } from '../../src/lab/engines/omni/proxy/peers.ts';
import { Scheduler } from '../../src/lab/engines/shared/scheduler.ts';
import { answerTokens, contextHashes, tokenize } from '../../src/lab/engines/shared/text.ts';

describe('an upstream of the proxy', () => {
  const servers = ['10.0.0.1:9000', '10.0.0.2:9000', '10.0.0.3:9000'];
  const upstream = (balance: string, maxNumSeqs = 2) => new Peers({ servers, balance, maxNumSeqs });
  const hosts = (peers: Peers, now = 0) => peers.order(now).map(({ host }) => host.at(-1));

  it('is tried from the server with the least requests on', () => {
    const peers = upstream('least_conn');
    const [first, second] = peers.order(0);
    first!.active = 2;
    second!.active = 1;
    expect(hosts(peers)).toEqual(['3', '2', '1']);
  });

  it('goes round servers that are equally busy', () => {
    const peers = upstream('least_conn');
    expect([hosts(peers)[0], hosts(peers)[0], hosts(peers)[0], hosts(peers)[0]]).toEqual(['1', '2', '3', '1']);
  });

  it('goes round whatever they do under round_robin', () => {
    const peers = upstream('round_robin');
    peers.order(0)[1]!.active = 9;
    expect(hosts(peers)).toEqual(['2', '3', '1']);
  });

  it('prefers the shortest work in flight under pd_score_balance, as long as there is room', () => {
    const peers = upstream('pd_score_balance');
    const [first, second, third] = peers.order(0);
    Object.assign(first!, { active: 1, load: 500 });
    Object.assign(second!, { active: 2, load: 10 });
    Object.assign(third!, { active: 1, load: 900 });
    expect(hosts(peers)).toEqual(['1', '3', '2']);
  });

  it('passes over a server for ten seconds after three failures, and tries all when all are down', () => {
    const peers = upstream('least_conn');
    const [first, second, third] = peers.order(0);
    for (const at of [0, 1000]) noteFailure(first!, at);
    expect(hosts(peers, 1500)).toContain('1');
    noteFailure(first!, 2000);
    expect(hosts(peers, 2500)).not.toContain('1');
    for (const at of [2000, 2000, 2000]) {
      noteFailure(second!, at);
      noteFailure(third!, at);
    }
    expect(hosts(peers, 2500)).toHaveLength(3);
    expect(hosts(peers, 12_100)).toContain('1');
  });
});

describe('the scheduler of a rank', () => {
  it('runs at most max_num_seqs requests at once and lets the others wait their turn', async () => {
    const scheduler = new Scheduler(2);
    const order: number[] = [];
    const ends: (() => void)[] = [];
    const requests = [0, 1, 2, 3].map((request) =>
      scheduler.run(() => {
        order.push(request);
        return new Promise<void>((end) => ends.push(end));
      }),
    );
    await turn();
    expect([scheduler.running, scheduler.waiting, order]).toEqual([2, 2, [0, 1]]);
    ends[0]!();
    await requests[0];
    await turn();
    expect([scheduler.running, scheduler.waiting, order]).toEqual([2, 1, [0, 1, 2]]);
    for (const at of [1, 2]) ends[at]!();
    await turn();
    ends[3]!();
    await Promise.all(requests);
    expect([scheduler.running, scheduler.waiting]).toEqual([0, 0]);
  });
});

describe('the text of an answer', () => {
  it('is made of tokens of at most four characters', () => {
    expect(tokenize('Alice is  here ')).toEqual(['Alic', 'e', ' is', '  here', ' ']);
  });

  it('depends on the whole prompt, and ends by itself unless it must not', () => {
    const [, last] = contextHashes(['a', 'b']);
    expect(contextHashes(['b', 'b']).at(-1)).not.toBe(last);
    expect(answerTokens(last!, 1000, false).length).toBeLessThan(64);
    expect(answerTokens(last!, 1000, true)).toHaveLength(1000);
    expect(answerTokens(last!, 5, false)).toEqual(answerTokens(last!, 1000, false).slice(0, 5));
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
