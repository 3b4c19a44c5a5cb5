import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldAt } from '../../src/deployment/schema.ts';
import { allEngines } from '../../src/engines/index.ts';

// a script without types of its own
const { unite } = (await import('../../scripts/gen-deployment.mjs' as string)) as {
  unite(core: object, engines: Record<string, object>): object;
};

const CORE = {
  properties: { services: { $ref: '#/definitions/services' } },
  sets: { login: { user: { description: 'User.' } } },
  definitions: {
    roleSettings: { properties: { env: {} } },
    proxy: { properties: { host: {}, '...login': {} } },
    group: { properties: { '...login': { description: 'Needed.' }, '...roleSettings': {} } },
    services: {
      properties: {
        engine: { enum: ['...engines'], examples: [] },
        name: {},
        phases: { enum: ['first', '...tags', 'last'] },
        mixed: { default: { seats: 1 } },
      },
    },
  },
};

describe('the schema of the deployment file', () => {
  it('has the keys of every engine behind the keys that they name', () => {
    const one = {
      lists: { tags: ['sync'] },
      services: { wheels: { 'x-after': 'engine', type: 'string' } },
      roleSettings: { pp: { 'x-after': 'env' } },
      roleDefaults: { mixed: { pp: 2 } },
    };
    const two = {
      lists: { tags: ['sync', 'convert'] },
      services: { wheels: { 'x-after': 'engine', type: 'string' }, port: { 'x-after': 'wheels' } },
      additions: { 'services.engine': { examples: ['two'], description: 'Two is new.' } },
    };
    expect(unite(CORE, { one, two })).toEqual({
      $comment: expect.stringContaining('Generated from schemas/parts/core.schema.json'),
      properties: { services: { $ref: '#/definitions/services' } },
      definitions: {
        roleSettings: { properties: { env: {}, pp: { 'x-engines': ['one'] } } },
        proxy: { properties: { host: {}, user: { description: 'User.' } } },
        group: { properties: { user: { description: 'User. Needed.' }, env: {}, pp: { 'x-engines': ['one'] } } },
        services: {
          properties: {
            engine: { enum: ['one', 'two'], examples: ['two'], description: 'Two is new.' },
            wheels: { type: 'string', 'x-engines': ['one', 'two'] },
            port: { 'x-engines': ['two'] },
            name: {},
            phases: { enum: ['first', 'sync', 'convert', 'last'] },
            mixed: { default: { seats: 1, pp: 2 } },
          },
        },
      },
    });
  });

  it('lists keys in the order of their places', () => {
    const part = { services: { b: { 'x-after': 'engine' }, c: { 'x-after': 'b' } } };
    const united = unite(CORE, { one: part }) as typeof CORE;
    expect(Object.keys(united.definitions.services.properties)).toEqual([
      'engine',
      'b',
      'c',
      'name',
      'phases',
      'mixed',
    ]);
  });

  it('refuses two keys of one name that differ', () => {
    const one = { services: { port: { 'x-after': 'engine', type: 'integer' } } };
    const two = { services: { port: { 'x-after': 'engine', type: 'string' } } };
    expect(() => unite(CORE, { one, two })).toThrow('two: services.port: another engine, or the core, has');
    expect(() => unite(CORE, { one: { services: { name: { 'x-after': 'engine', type: 'string' } } } })).toThrow(
      'one: services.name',
    );
  });

  it('refuses a key behind one that does not exist', () => {
    expect(() => unite(CORE, { one: { proxy: { port: { 'x-after': 'hots' } } } })).toThrow(
      "one: proxy.port: there is no key 'hots' to be behind",
    );
    expect(() => unite(CORE, { one: { additions: { 'services.nam': {} } } })).toThrow('no key services.nam');
  });

  it('accepts the engines that there are, and their tags', () => {
    expect(fieldAt(['services', 'engine'])?.enum).toEqual(allEngines().map(({ name }) => name));
    const tags = fieldAt(['services', 'any_errors_fatal'])?.items?.enum ?? [];
    for (const engine of allEngines()) expect(tags).toEqual(expect.arrayContaining([...engine.tags]));
    const folders = readdirSync('src/engines', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(allEngines().map(({ name }) => name)).toEqual(folders.map(({ name }) => name));
  });
});
