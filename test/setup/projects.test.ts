import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const MACHINE = /^(lab|e2e)\/|\.wire\.test\.ts$/;
/** What gives a test real SSH servers, mounts or namespaces. */
const APART =
  /fakes\/(sshd|manyHosts|mount|fakeCluster|servingCluster|oneHostCluster|lab)\.ts'|\(\s*'(unshare|nsenter|mount)'/;

it('pure tests need no SSH server, mount or namespace; those that do are called .wire.test.ts', () => {
  const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const needs = (name: string) => APART.test(readFileSync(`test/${name}`, 'utf8'));
  expect(tests.filter((name) => !MACHINE.test(name) && needs(name))).toEqual([]);
  expect(tests.filter((name) => MACHINE.test(name) && needs(name)).length).toBeGreaterThan(20);
});
