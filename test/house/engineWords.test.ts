import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Words of engines, of their tools and of accelerators; `omniplace` and the engine of placements are ours. */
const WORD = /omni(?!place)|ascend|davinci|hccn|zmq|(?<![a-z])ray(?![a-z])|nginx/gi;
/** Folders that are about one engine each, one accelerator or another tool, and what is generated from them. */
const AT_HOME = /^(engines|accelerators|imports|lab|placement\/references|simulation)\/|\.gen\.ts$/;
const MOST = 25;

const CODE = 'a reference that the simulation runs step by step';
const COST = 'a solver by its name, whose time was measured';
const EXPORT = 'an engine that placements are exported for';
const FORMAT = 'a format of placements, under the name users give it';
const IMAGE = 'an example of an image';
const KEY = 'the key of the deployment file, as users write it';
const POLICY = 'a policy of the simulation by its engine';

/** Lines that may have one, each with its reason. A new one belongs in the folder of its engine; one that is gone is removed here. */
const LEFT: readonly (readonly [file: string, text: string, reason: string])[] = [
  [
    'commands/init.ts',
    "'<%= config.bin %> init 2P4-1D8 --hosts 10.0.0.1,10.0.0.2 --image repo/omniinfer:tag --model-path /data/models/r1',",
    IMAGE,
  ],
  [
    'commands/init.ts',
    "'<%= config.bin %> init 4P8-1D32 --hosts 10.0.0.1-8 --image repo/omniinfer:tag --model-path /data/models/r1 --out cluster.yml',",
    IMAGE,
  ],
  [
    'commands/pattern/build.ts',
    "OmniPlacement's pattern, OUT.json vllm-ascend's expert_map. Needs no host. docs/patterns.md goes through it by task.`;",
    FORMAT,
  ],
  [
    'commands/pattern/convert.ts',
    "`Between OmniPlacement's pattern (.npy), vllm-ascend's expert_map and SGLang's map (.json). What FILE is, its content says.",
    FORMAT,
  ],
  ['commands/pattern/convert.ts', "description: 'by default omni-npy for .npy, expert-map for .json',", FORMAT],
  ['commands/pattern/convert.ts', "options: ['omni-npy', 'expert-map', 'sglang-map'] as const,", FORMAT],
  [
    'commands/pattern/export.ts',
    "`vLLM's tensors as int64 .npy (physical_to_logical_map, logical_to_physical_map, logical_replica_count), vllm-ascend's expert_map,",
    EXPORT,
  ],
  ['deployment/devicesKey.ts', "export const DEVICES_KEY = 'ascend_rt_visible_devices';", KEY],
  ['moves/costModel.ts', "'ascend-default': 190,", COST],
  ['moves/costModel.ts', "'omni-dynamic': 200,", COST],
  ['operations/pattern/exportMaps.ts', "'vllm-ascend': (placement, folder) =>", EXPORT],
  [
    'operations/pattern/exportMaps.ts',
    "export type EngineName = 'vllm' | 'vllm-ascend' | 'omniplacement' | 'sglang';",
    EXPORT,
  ],
  [
    'operations/pattern/exportMaps.ts',
    "exportText('vllm-ascend', placement, join(folder, 'expert_map.json'), writeExpertMap, (text) =>",
    EXPORT,
  ],
  [
    'operations/pattern/formats.ts',
    "/** `.npy` is OmniPlacement's; of the two JSON forms vllm-ascend's is meant unless another is asked for. */",
    FORMAT,
  ],
  [
    'operations/pattern/formats.ts',
    "hint: 'Name it .npy for OmniPlacement, .json for vllm-ascend and SGLang.',",
    FORMAT,
  ],
  [
    'operations/pattern/readPlacement.ts',
    "hint: 'Placements are OmniPlacement’s .npy, vllm-ascend’s expert_map JSON and SGLang’s map JSON.',",
    FORMAT,
  ],
  [
    'operations/pattern/readPlacement.ts',
    "if (kind === 'npy') return { placement: parsePattern(bytes), format: 'omni-npy' as const };",
    FORMAT,
  ],
  [
    'operations/simulate/simulateCommand.ts',
    "`${source}: ${gaps.passes} of ${plural(steps, 'pass', 'passes')} ${gaps.passes === 1 ? 'has' : 'have'} no tokens: engines run them as dummy passes: the counters of vLLM and vllm-ascend go on, nothing is recorded`,",
    POLICY,
  ],
  ['placement/formats/codecs.ts', "'omni-npy': { extension: '.npy', equalRanks: true, write: writePattern },", FORMAT],
  ['placement/formats/codecs.ts', "/** OmniPlacement's pattern, vllm-ascend's expert_map, SGLang's map. */", FORMAT],
  ['placement/formats/codecs.ts', "export type PlacementFormat = 'omni-npy' | 'expert-map' | 'sglang-map';", FORMAT],
  [
    'placement/formats/expertMap.ts',
    '/** The expert_map JSON that vllm-ascend records and loads. Empty slots are left out. */',
    FORMAT,
  ],
  ['placement/index.ts', "export { omniDynamic, startingSlots } from './references/omniDynamic.ts';", CODE],
];

it('names no engine and no accelerator outside of their folders, but for the lines that are listed', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).sort();
  const found = files
    .filter((file) => file.endsWith('.ts') && !AT_HOME.test(file))
    .flatMap((file) =>
      readFileSync(`src/${file}`, 'utf8')
        .split('\n')
        .filter((line) => line.search(WORD) >= 0)
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(found.sort()).toEqual(LEFT.map(([file, text]) => `${file}: ${text}`).sort());
  expect(LEFT.flatMap(([, text]) => text.match(WORD)).length).toBeLessThanOrEqual(MOST);
});
