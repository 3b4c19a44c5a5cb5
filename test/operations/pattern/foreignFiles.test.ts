import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import PatternBuild from '../../../src/commands/pattern/build.ts';
import PatternCheck from '../../../src/commands/pattern/check.ts';
import PatternConvert from '../../../src/commands/pattern/convert.ts';
import PatternExport from '../../../src/commands/pattern/export.ts';
import { parseExpertMap } from '../../../src/placement/index.ts';
import { patternCli } from './cli.ts';

const { path, run, write } = patternCli();

/** An archive with one entry, and what the entry contains. */
function zip(name: string, ...texts: readonly string[]): Buffer {
  const contents = Buffer.from(`PK\x03\x04${texts.join('\x00')}`, 'latin1');
  const entry = Buffer.alloc(46);
  entry.write('PK\x01\x02', 'latin1');
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt32LE(contents.length, 16);
  return Buffer.concat([contents, entry, Buffer.from(name), end]);
}

/** A .npy of 8 bytes of data. */
function npy(descr: string, shape: string): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  const begin = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  begin.writeUInt16LE(header.length, 8);
  return Buffer.concat([begin, Buffer.from(header), Buffer.alloc(8, 1)]);
}

const TORCH =
  "python3 -c \"import numpy, sys, torch; numpy.save('load.npy', torch.load(sys.argv[1], map_location='cpu', weights_only=True)";

describe('a load of another tool', () => {
  it.each([
    [
      'dump.pt',
      zip('dump/data.pkl', 'rank', 'logical_count'),
      "a PyTorch file (torch.save) with logical_count, as SGLang's recorder writes",
      `Convert it: ${TORCH}['logical_count'].double().numpy())" dump.pt`,
    ],
    [
      'dump.pt',
      zip('dump/data.pkl', 'records', 'last_physical_to_logical_map'),
      'a PyTorch file (torch.save) with last_physical_to_logical_map and no logical_count, as SGLang writes',
      "See what it holds: python3 -c \"import sys, torch; d = torch.load(sys.argv[1], map_location='cpu', weights_only=True); print(d)\" dump.pt, then numpy.save('array.npy', d[KEY].double().numpy()).",
    ],
    [
      'dump.pkl',
      Buffer.from('\x80\x02}q\x00X\x0d\x00\x00\x00logical_count', 'latin1'),
      "a pickle (older torch.save) with logical_count, as SGLang's recorder writes",
      `Convert it: ${TORCH}['logical_count'].double().numpy())" dump.pkl`,
    ],
    [
      'l.npz',
      zip('tokens.npy'),
      'an archive of NumPy arrays (.npz)',
      'See its arrays: python3 -c "import numpy, sys; a = numpy.load(sys.argv[1]); print(a.files)" l.npz, and write one with numpy.save(\'array.npy\', a[NAME]).',
    ],
    ['rec.zip', zip('rec.pt', 'rec/data.pkl', 'logical_count'), 'a zip archive', 'Unpack it: unzip rec.zip'],
    [
      'dump.pt',
      zip('dump/data.pkl').subarray(0, 20),
      'a zip archive without its end, which is cut off',
      'Copy or record it again.',
    ],
    ['l.npy.gz', Buffer.from([0x1f, 0x8b, 8, 0]), 'compressed by gzip', 'Unpack it: gunzip l.npy.gz'],
    [
      'prefill_info.csv',
      'expert_0,expert_1\n7,9\n',
      'a CSV of msit, with a column expert_N for each expert',
      "A CSV is read with the header ,ep_0,ep_1.. and lines layer_0, layer_1 and so on. Convert it: python3 -c \"import numpy, sys; numpy.save('load.npy', numpy.loadtxt(sys.argv[1], delimiter=',', skiprows=1, ndmin=2))\" prefill_info.csv",
    ],
    [
      'prefill_12.csv',
      '7,9\n8,1\n',
      'a CSV of msit without a header: the counts of one device (prefill_N.csv is that of device N)',
      "A CSV is read with the header ,ep_0,ep_1.. and lines layer_0, layer_1 and so on. Join the files of all devices: python3 -c \"import numpy; numpy.save('load.npy', numpy.hstack([numpy.loadtxt(f'prefill_{i}.csv', delimiter=',', ndmin=2) for i in range(DEVICES)]))\"",
    ],
    [
      'decode_0.csv',
      '12\n3\n',
      'a CSV of msit without a header: the counts of one device (decode_N.csv is that of device N)',
      "A CSV is read with the header ,ep_0,ep_1.. and lines layer_0, layer_1 and so on. Join the files of all devices: python3 -c \"import numpy; numpy.save('load.npy', numpy.hstack([numpy.loadtxt(f'decode_{i}.csv', delimiter=',', ndmin=2) for i in range(DEVICES)]))\"",
    ],
    [
      'load.npy',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
      'a pointer of git-lfs, not the file itself',
      'Get the file in its repository: git lfs pull',
    ],
    [
      'load.npy',
      '<!DOCTYPE html>\n<html>',
      'a page in HTML, not the file itself',
      'Download the file again, by the address of its raw content.',
    ],
    ['load.npy', '', 'the file is empty', 'Copy or record it again.'],
    [
      'heat.csv',
      '7;9\n8;1\n',
      'a CSV of numbers without a header',
      "A CSV is read with the header ,ep_0,ep_1.. and lines layer_0, layer_1 and so on. Convert it: python3 -c \"import numpy, sys; numpy.save('load.npy', numpy.loadtxt(sys.argv[1], delimiter=';', ndmin=2))\" heat.csv, if it has a row for each layer",
    ],
    [
      'heat.csv',
      'layer,expert,count\n0,0,7\n',
      'a CSV with another header: layer,expert,count',
      'A CSV is read with the header ,ep_0,ep_1.. and lines layer_0, layer_1 and so on.',
    ],
  ] as const)('is recognised, with what to do: %s', async (name, content, what, hint) => {
    write(name, content);
    const ran = await run(PatternBuild, '--load', path(name), '--ranks', '2', '--out', path('x.npy'));
    expect(ran).toEqual({ code: 2, stdout: '', stderr: `error foreign_file: ${name}: ${what}\n  hint: ${hint}\n` });
    expect(existsSync(path('x.npy'))).toBe(false);
  });
});

describe('an array that is not read', () => {
  it.each([
    ['<f2', '(2, 2)', "numpy.load(sys.argv[1]).astype('f8')"],
    ['|O', '(2, 2)', "numpy.load(sys.argv[1], allow_pickle=True).astype('f8')"],
    ['<i4', '(2,)', 'numpy.load(sys.argv[1]).reshape(LAYERS, -1)'],
  ])('is refused with the command that converts it: %s %s', async (descr, shape, converted) => {
    write('a.npy', npy(descr, shape));
    const ran = await run(PatternBuild, '--load', path('a.npy'), '--ranks', '2', '--out', path('x.npy'));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(
      `hint: Convert it: python3 -c "import numpy, sys; numpy.save('array.npy', ${converted})" `,
    );
  });
});

describe('a CSV of loads', () => {
  it('may have its texts in quotes', async () => {
    write('q.csv', '"","ep_0","ep_1"\n"layer_0",7,9\n');
    const ran = await run(PatternBuild, '--load', path('q.csv'), '--ranks', '2', '--out', path('q.npy'));
    expect(ran).toMatchObject({
      code: 0,
      stderr: 'solving 1 layers x 2 experts on 2 ranks with omniplace\n',
    });
  });

  it('is not any column of numbers', async () => {
    write('column.csv', '12\n3\n');
    const ran = await run(PatternBuild, '--load', path('column.csv'), '--ranks', '2', '--out', path('c.npy'));
    expect([ran.code, existsSync(path('c.npy'))]).toEqual([2, false]);
  });
});

describe('a placement of another tool', () => {
  it('is recognised in a PyTorch file', async () => {
    write('where.pt', zip('where/data.pkl', 'physical_to_logical_map'));
    expect((await run(PatternCheck, path('where.pt'))).stderr).toBe(
      `error foreign_file: where.pt: a PyTorch file (torch.save) with physical_to_logical_map, as SGLang writes\n` +
        `  hint: Convert it: python3 -c "import json, sys, torch; json.dump({'physical_to_logical_map': torch.load(sys.argv[1], map_location='cpu', weights_only=True)['physical_to_logical_map'].tolist()}, open('map.json', 'w'))" where.pt\n`,
    );
  });

  it('is not a CSV, which holds loads', async () => {
    write('decode_info.csv', 'expert_0,expert_1\n7,9\n');
    const { code, stderr } = await run(PatternConvert, path('decode_info.csv'), path('x.npy'));
    expect(code).toBe(2);
    expect(stderr).toContain('hint: A CSV holds loads: give it with --load. A CSV is read with');
  });
});

/** `tables`: experts by layer and device. */
function expertMap(tables: readonly (readonly (readonly number[])[])[]): string {
  const layer_list = tables.map((devices, layer_id) => ({
    layer_id,
    device_count: devices.length,
    device_list: devices.map((device_expert, device_id) => ({ device_id, device_expert })),
  }));
  return JSON.stringify({ moe_layer_count: tables.length, layer_list });
}

describe('a map with devices of the shared expert', () => {
  it.each([
    ['device 0 holds', '[0]', [[0], [2, 0], [3, 1]]],
    ['devices 0 to 2 hold', '[0]', [[0], [0], [0], [0, 1], [3, 2]]],
    // numbered behind the routed ones
    ['devices 0 and 1 hold', '[4]', [[4], [4], [0, 1], [3, 2]]],
    ['devices 0 and 1 hold', '[4] and [5]', [[4], [5], [0, 1], [3, 2]]],
    ['device 2 holds', '[4]', [[0, 1], [3, 2], [4]]],
    ['device 2 holds', '[0]', [[0, 1], [3, 2], [0]]],
  ] as const)('is refused by every command that reads it: %s', async (devices, expert, layer) => {
    write('map.json', expertMap([layer, layer]));
    const error = `error shared_expert_devices: map.json: ${devices} nothing but ${expert} in every layer: the shared expert, as msit writes it, which is not a routed one\n`;
    for (const ran of [
      await run(PatternConvert, path('map.json'), path('x.npy')),
      await run(PatternCheck, path('map.json')),
      await run(PatternExport, path('map.json'), path('out')),
    ]) {
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(error);
    }
    expect([existsSync(path('x.npy')), existsSync(path('out'))]).toEqual([false, false]);
  });

  it('becomes one that is read with the command of the hint', async () => {
    const name = "my q'uo te.json";
    write(name, expertMap([[[0], [0], [1, 0], [3, 2]]]));
    const { stderr } = await run(PatternCheck, path(name));
    const [, command] = /(python3 -c .*)/.exec(stderr) ?? [];
    execFileSync('sh', ['-c', command!], { cwd: path('') });
    expect(JSON.parse(readFileSync(path('routed.json'), 'utf8'))).toEqual(
      JSON.parse(
        expertMap([
          [
            [1, 0],
            [3, 2],
          ],
        ]),
      ),
    );
    expect(parseExpertMap(readFileSync(path('routed.json'), 'utf8')).ranks).toBe(2);
  });

  it('may have it in the last slot of every device', async () => {
    const layer = [
      [0, 1, 2, 3, 8],
      [4, 5, 6, 7, 8],
    ];
    write('map.json', expertMap([layer, layer]));
    const { code, stderr } = await run(PatternConvert, path('map.json'), path('x.npy'));
    expect([code, existsSync(path('x.npy'))]).toEqual([2, false]);
    expect(stderr).toContain(
      'map.json: every device holds 8 in its last slot in every layer: the shared expert, as msit writes it, which is not a routed one\n',
    );
    execFileSync('sh', ['-c', /python3 -c .*/.exec(stderr)![0]], { cwd: path('') });
    const routed = layer.map((held) => held.slice(0, 4));
    expect(JSON.parse(readFileSync(path('routed.json'), 'utf8'))).toEqual(JSON.parse(expertMap([routed, routed])));
  });

  it('is not confused with a placement whose first ranks hold one expert each', async () => {
    for (const devices of [
      [[0], [1]],
      [[0], [1, 2], [3, 4]],
      [[1], [0, 1], [2, 3]],
      [[1, 2], [3, 4], [0]],
      [[0, 1], [2]],
      [[0, 1], [2, 3], [4, 5], [4, 6], [7]],
      [
        [0, 1, 3],
        [2, 1, 3],
      ],
    ]) {
      write('map.json', expertMap([devices]));
      expect((await run(PatternCheck, path('map.json'))).stderr).toBe('');
    }
  });
});

describe('pattern convert', () => {
  it('refuses a map that OmniPlacement would not load, and writes nothing', async () => {
    write(
      'map.json',
      expertMap([
        [[0], [1, 2]],
        [[0, 1], [2]],
      ]),
    );
    expect(await run(PatternConvert, path('map.json'), path('x.npy'))).toEqual({
      code: 2,
      stdout: '',
      stderr:
        `error unequal_slots: map.json: layer 0: rank 0 holds 1 experts, rank 1 2, and 1 more layers are like that; OmniPlacement loads no such pattern\n` +
        `  hint: See which layers: omniplace pattern check map.json\n`,
    });
    expect(existsSync(path('x.npy'))).toBe(false);
  });
});
