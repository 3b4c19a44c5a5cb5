import { describe, expect, it } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import { parse } from '../deployment/sample.ts';
import { pages, readPage } from './markdown.ts';

const shown = pages().flatMap((page) =>
  readPage(page)
    .blocks.filter(({ language }) => /^ya?ml$/.test(language))
    .map(({ lines }, index) => ({ name: `${page}, file ${index + 1}`, text: `${lines.join('\n')}\n` })),
);
const whole = shown.filter(({ text }) => /^deployment:/m.test(text) && /^ *docker_image:/m.test(text));
const [guide] = whole.filter(({ name }) => name.startsWith('docs/guide.md'));
const parts = shown.filter(({ name, text }) => name.startsWith('docs/guide') && !/^deployment:/m.test(text));

describe('the deployment files shown', () => {
  it.each(whole)('$name: is sound', ({ text }) => {
    expect(errorsOf(text)).toEqual([]);
  });

  it.each(parts)('$name: is a part that makes a sound file with the whole one', ({ text }) => {
    expect(errorsOf(stringify(merged(parseYaml(guide!.text), parseYaml(text))))).toEqual([]);
  });

  it('are some', () => {
    expect([whole.length, parts.length]).toEqual([expect.toSatisfy((count: number) => count >= 4), 4]);
  });
});

function errorsOf(text: string): string[] {
  return parse(text)
    .faults.filter(({ severity }) => severity === 'error')
    .map(({ line, code, message }) => `${line} ${code} ${message}`);
}

function merged(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, key in over ? merged(base[key], over[key]) : base[key]]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
