import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PendingShape } from '../../src/balancing/balance.gen.ts';
import { DockerContainerShape } from '../../src/facts/docker.gen.ts';
import { parseJson, parseLoosely, ShapeError } from '../../src/files/parseJson.ts';
import { DeviceIpsShape } from '../../src/operations/render/render.gen.ts';
import { KeptShape, LeaseShape } from '../../src/state/state.gen.ts';

function faultsOf(text: string): string {
  try {
    parseJson(text, PendingShape);
    return 'none';
  } catch (error) {
    return (error as ShapeError).message;
  }
}

describe('JSON of a shape', () => {
  it('is refused with every fault and its place', () => {
    expect(faultsOf('{"version":1,"target":7,"before":[["a",null]],"next":{},"goingBack":true}')).toBe(
      [
        'record must be a map; it is missing',
        'target must be text; it is 7',
        'before[0][1] must be text; it is null',
        'next must be a list; it is {}',
        'goingBack must be text; it is true',
      ].join('; '),
    );
    expect(faultsOf('[]')).toBe('the document must be a map; it is []');
    expect(faultsOf('{"version":')).toBe('not JSON');
  });

  it('keeps keys with slashes, tildes and percent signs as they are written', () => {
    expect(() => parseJson('{"a/b~c%":{"0":1}}', DeviceIpsShape)).toThrow(
      new ShapeError([{ keys: ['a/b~c%', '0'], path: 'a/b~c%.0', expected: 'text', value: 1 }]),
    );
  });
});

describe('JSON that others write', () => {
  it('is read without its parts of another type, and with defaults for them', () => {
    const said = {
      id: 'a',
      name: '/b',
      labels: { kept: 'x', dropped: 1 },
      dies: ['0', 7],
      restarts: '3',
      exitCode: 1.5,
    };
    expect(parseLoosely(JSON.stringify(said), DockerContainerShape)).toMatchObject({
      id: 'a',
      labels: { kept: 'x' },
      dies: [],
      restarts: 0,
      exitCode: null,
    });
  });

  it('is nothing where a part is missing that must be there', () => {
    for (const text of ['', 'null', '[]', '{}', '{"generation":1,"run":"r"}', null, undefined]) {
      expect(parseLoosely(text, KeptShape)).toBeNull();
    }
    expect(parseLoosely('{"id":"x","seq":1,"ttl":0,"token":1}', LeaseShape)).toBeNull();
  });

  it('never changes the prototype of objects', () => {
    const text = '{"generation":"g","run":"r","nodes":{"__proto__":{"toString":1},"constructor":2}}';
    expect(parseLoosely(text, KeptShape)?.nodes).toEqual({});
    expect(String({})).toBe('[object Object]');
  });
});

describe('the source', () => {
  it('casts no parsed JSON to a type: schemas/ has the shapes', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.gen.ts'),
    );
    const casts = files.filter((name) =>
      /JSON\.parse\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)* as /.test(readFileSync(join('src', name), 'utf8')),
    );
    expect(casts).toEqual([]);
  });
});
