import { expect, it } from 'vitest';
import { transferPairs } from '../../src/engines/pairs.ts';
import { vllmDeployment } from './vllm/vllmDeployment.ts';

const { deployment, topology } = vllmDeployment();

/** Pairs of servers of which each role has one instance with so many servers. */
function pairsOf(prefill: number, decode: number) {
  const servers = (base: number, count: number) => Array.from({ length: count }, (_, i) => `10.0.0.1:${base + i}`);
  const list = () => [
    { role: 'prefill', master: 'p0', servers: servers(8_000, prefill) },
    { role: 'decode', master: 'd0', servers: servers(9_000, decode) },
  ];
  const router = () => ({ list, pairs: { prefill: {} } });
  const { pairs, total } = transferPairs({ engine: { router }, deployment, topology } as never);
  const portsOf = (role: 'prefill' | 'decode') => [...new Set(pairs.map((pair) => pair[role].port))];
  return { pairs, total, ports: { prefill: portsOf('prefill'), decode: portsOf('decode') } };
}

it('are those of every server of an instance, while there are few', () => {
  const { pairs, total, ports } = pairsOf(2, 4);
  expect([pairs.length, total, ports]).toEqual([
    8,
    8,
    { prefill: [8_000, 8_001], decode: [9_000, 9_001, 9_002, 9_003] },
  ]);
});

it('name the node of the instance, though another one is on the same host', () => {
  const { pairs } = pairsOf(2, 2);
  expect(pairs.map(({ prefill, decode }) => `${prefill.node} ${decode.node}`)).toEqual(Array(4).fill('p0 d0'));
});

it('contain every server at least once where there are many, and are counted', () => {
  const { pairs, total, ports } = pairsOf(5, 32);
  expect([pairs.length, total, ports.prefill.length, ports.decode.length]).toEqual([32, 160, 5, 32]);
});

it('are of servers that are evenly spread where there are too many', () => {
  const { pairs, total, ports } = pairsOf(3, 128);
  expect([pairs.length, total, ports.prefill.length, ports.decode.length]).toEqual([64, 384, 3, 64]);
  expect(ports.decode.slice(0, 3).concat(ports.decode.slice(-1))).toEqual([9_000, 9_002, 9_004, 9_126]);
});
