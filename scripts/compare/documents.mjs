import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files validated by one command. */
const FILES_AT_ONCE = 10;
const AT_REST = ['--check', '--facts'];
/** Groups whose documents contain measured times. */
const MEASURED = new Set(['pattern', 'hosts']);
/** Documents whose digests cover paths of this machine. */
const LOCAL = /local\.yml|history/;
/** These create and remove a lab, so only their help is compared. */
const LAB = /^lab:/;

/**
 * What is compared, by group. A document is {name, argv}: the output and the exit code of a command. With `out`, also the files
 * it writes to the folder that replaces OUT. Or {name, text}: a function of a checkout.
 * @param manifests of both checkouts
 * @param files index.json of test/fakes/comparedFiles.ts
 */
export const GROUPS = {
  help: ({ ids, topics }) => [
    { name: 'manifest', text: (root) => manifestText(root) },
    ...[['--help'], ['-h'], ['--version'], ['help'], [], ['completion', 'fish']].map(command),
    ...[...ids, ...topics].map((id) => command([...id.split(':'), '--help'])),
  ],
  usage: ({ ids }) => [
    ...[['sevre'], ['patern', 'build'], ['lock', 'relase'], ['status', '--jsn']].map(command),
    ...ids.filter((id) => !LAB.test(id)).flatMap((id) => misuses(id.split(':'))),
  ],
  validate: ({ files }) => [
    ...chunks(files.deployments, FILES_AT_ONCE).flatMap((some) => bothForms(['validate', ...some])),
    ...files.long.map((file) => command(['validate', file, '--json'])),
    ...overrides('files/sound.yml').flatMap((words) => bothForms(['validate', ...words])),
    ...bothForms(['validate', 'files/absent.yml', 'files']),
  ],
  explain: ({ files }) =>
    files.sound.flatMap(({ file, nodes }) => [
      ...bothForms(['explain', file]),
      ...nodes.flatMap((node) => bothForms(['explain', file, node])),
      ...['p0.kv_rank', 'd0.server_offset', 'c0.port', 'x9'].map((what) => command(['explain', file, what])),
    ]),
  render: ({ files }) =>
    files.sound.flatMap(({ file, facts: [fresh, serving] }) => [
      writing(['render', file, '--out', 'OUT', '--json']),
      writing(['render', file, '--out', 'OUT', '--facts', fresh]),
      writing(['render', file, '--out', 'OUT', '--facts', serving, '--json']),
    ]),
  plan: ({ files }) => [
    ...files.sound.flatMap(({ file, facts }) => [
      ...facts.flatMap((from) => bothForms(['serve', file, ...AT_REST, from])),
      command(['serve', file, ...AT_REST, facts[0], '--list-tasks', '-v']),
      command(['serve', file, ...AT_REST, facts[1], '--list-hosts']),
      command(['serve', file, ...AT_REST, facts[2], '--list-tags', '--json']),
      ...selections().map((words) => command(['serve', file, ...AT_REST, facts[0], ...words])),
    ]),
    ...files.defects.flatMap((facts) => bothForms(['serve', 'files/defects.yml', ...AT_REST, facts])),
    ...['files/sound.yml', 'index.json', 'absent.json'].map((facts) =>
      command(['serve', 'files/defects.yml', ...AT_REST, facts]),
    ),
  ],
  pattern: () => patterns(),
  simulate: () => simulations(),
  import: ({ files }) => [
    ...files.imports.flatMap((words) => [
      ...bothForms(['import', ...words]),
      writing(['import', ...words, '-o', 'OUT/c.yml']),
    ]),
    ...inits().flatMap((words) => [...bothForms(['init', ...words]), writing(['init', ...words, '-o', 'OUT/c.yml'])]),
  ],
  hosts: () => unreachableHosts(),
};

const command = (argv) => ({ name: argv.length === 0 ? 'no words' : argv.join(' '), argv });
const writing = (argv) => ({ ...command(argv), out: true });
const bothForms = (argv) => [command(argv), command([...argv, '--json'])];

function manifestText(root) {
  const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'));
  return JSON.stringify(sorted(manifest), null, 1);
}

/** The same value with the keys of its maps in order. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function chunks(list, size) {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

function misuses(words) {
  return [
    words,
    [...words, '--nope'],
    [...words, '--nope', '--json'],
    [...words, 'absent.yml'],
    [...words, 'a', 'b', 'c'],
  ].map(command);
}

function overrides(file) {
  const values = [
    'services.prefill.gpu_util=0.5',
    'services.prefill.gpu_util=7',
    'services.prefil.gpu_util=1',
    'services.constructor.name=x',
    'services.name',
    'services.wheels.0=a',
    'services.prefill.env={A: 1',
    'services.decode.placement.mode=static',
  ];
  return values.map((value) => [file, '-e', value]);
}

function selections() {
  return [
    ['--only', 'run_docker,push_config', '--json'],
    ['--only', 'build_wheels,push_model,clean_up'],
    ['--skip', 'sync_code,verify'],
    ['--start-at', 'stop_server'],
    ['--limit', 'decode'],
    ['--limit', 'p0,!10.0.0.1', '--json'],
    ['--limit', 'nothing'],
    ['--only', 'nothing'],
    ['--take-over', 'some*'],
    ['-e', 'services.decode.gpu_util=0.8'],
  ];
}

function patterns() {
  const [load, base] = ['loads/load.npy', 'loads/base.npy'];
  const build = (...words) => writing(['pattern', 'build', '--ranks', '4', '--out', 'OUT/p.npy', '--json', ...words]);
  const solvers =
    'omniplace omni-rearrange omni-redundant omni-dynamic omni-dynamic-old eplb vllm swift ascend-default flashlb'
      .concat(' flashlb-percentage sglang-vec trtllm')
      .split(' ');
  return [
    writing(['pattern', 'base', '--ranks', '4', '--layers', '4', '--experts', '16', '--out', 'OUT/b.npy', '--json']),
    ...solvers.map((solver) => build('--load', load, '--redundant-per-rank', '1', '--solver', solver, '--groups', '1')),
    ...['uniform', 'affine', 'joint', 'fractional'].map((split) =>
      build('--load', load, '--slots', '5', '--split', split),
    ),
    build('--load', 'loads/dump', '--recorded-under', 'base', '--slots', '5', '--cover', 'rank'),
    build('--load', 'loads/episodes.npy', '--old', base, '--max-moves', '6', '--min-gain', '0.01'),
    build('--load', 'loads/damaged'),
    build('--load', 'loads/junk.npy'),
    build('--load', load, '--slots', '3'),
    writing([
      'pattern',
      'build',
      '--load',
      load,
      '--ranks',
      '4',
      '--slots',
      '5',
      '--out',
      'OUT/p.npy',
      '--report',
      'OUT/p.html',
    ]),
    ...bothForms(['pattern', 'check', base]),
    ...bothForms(['pattern', 'check', base, '--deployment', 'files/local.yml']),
    ...bothForms(['pattern', 'check', 'files/decode.npy', '--deployment', 'files/local.yml']),
    ...bothForms(['pattern', 'check', 'loads/sglang.json', '--ranks', '4', '--survive', 'rank']),
    ...bothForms(['pattern', 'check', 'loads/junk.npy']),
    ...bothForms([
      'pattern',
      'compare',
      base,
      '--load',
      load,
      '--solvers',
      'all',
      '--redundant-per-rank',
      '1',
      '--groups',
      '1',
    ]),
    ...['omni-npy', 'expert-map', 'sglang-map'].flatMap((form) =>
      [base, 'loads/base.json', 'loads/sglang.json'].map((file) =>
        writing(['pattern', 'convert', file, 'OUT/c', '--to', form, '--ranks', '4', '--json']),
      ),
    ),
    writing(['pattern', 'export', base, 'OUT', '--old', 'loads/base.json', '--ranks-per-host', '2', '--json']),
    writing(['pattern', 'recover', base, '--lost', '1', '--load', load, '--slots', '6', '--out', 'OUT', '--json']),
    ...bothForms(['pattern', 'recover', base, '--lost', 'host1', '--ranks-per-host', '2', '--slots', '8']),
    ...bothForms(['pattern', 'show', base, '--load', load]),
    ...bothForms(['pattern', 'show', base, '--load', 'loads/dump', '--layer', '1', '--split', 'affine']),
    pipeline(),
  ];
}

function pipeline() {
  const folders = ['topk_id_count', 'placement_pattern', 'placement_pattern_view', 'placement_pattern_analysis'];
  const sizes = ['--num_layers', '4', '--num_positions_of_routed_experts', '16', '--num_ranks_target_pattern', '4'];
  return writing([
    ...['pattern', 'pipeline', '--input_txt_folders', 'loads/dump', ...sizes, '--num_redundant_layers', '4'],
    ...['--timestamp', '20250619_095310', '--recorded-under', 'base'],
    ...folders.flatMap((name) => [`--${name}_dir`, `OUT/${name}`]),
  ]);
}

function simulations() {
  const sizes = [
    '--ranks',
    '4',
    '--ranks-per-host',
    '2',
    '--steps',
    '200',
    '--layers',
    '2',
    '--experts',
    '16',
    '--tokens',
    '2048',
  ];
  const policies = ['vllm:interval=40,window=20', 'omniplace:episode=20', 'omni', 'ascend-flashlb', 'vllm-sync'];
  const simulate = (load, ...words) => [
    'simulate',
    '--load',
    load,
    ...sizes,
    '--period',
    '100',
    '--points',
    '20',
    ...words,
  ];
  const all = policies.flatMap((policy) => ['--policy', policy]);
  const kinds = ['steady', 'drift', 'bursts', 'antiphase', 'diurnal', 'mix'];
  return [
    ...kinds.flatMap((kind) => bothForms(simulate(`gen:${kind}`, ...all))),
    writing(simulate('gen:drift', ...all, '--report', 'OUT/s.html')),
    ...bothForms(simulate('gen:steady', '--policy', 'omniplace:episode=20', '--lose', 'host1@100')),
    ...bothForms(simulate('gen:drift', '--policy', 'vllm', '--sweep', '--seeds', '1')),
    ...bothForms(simulate('loads/episodes.npy', '--policy', 'vllm:interval=40,window=20')),
    ...bothForms(simulate('gen:nothing', ...all)),
    ...bothForms(simulate('gen:drift', '--policy', 'nothing')),
  ];
}

function inits() {
  const named = ['--image', 'repo/omniinfer:tag', '--model-path', '/data/models/r1'];
  return [
    ['4P8-1D32', '--hosts', '10.0.0.1-8', ...named],
    ['2P1D', '--hosts', '10.0.0.1,10.0.0.2,10.0.0.3', ...named, '--dies-per-host', '8', '--name', 'x'],
    ['2P4-1D8', '--hosts', '10.0.0.1,10.0.0.2', ...named, '--proxy-host', '10.0.0.9', '--user', 'bob'],
    ['1P1D', '--hosts', '10.0.0.1', ...named],
    ['9X', '--hosts', '10.0.0.1', ...named],
    ['1P1D', '--hosts', '10.0.0.1-zz', ...named],
    [],
  ];
}

/** Commands that need hosts, on hosts that refuse connections, and then the history of these runs. */
function unreachableHosts() {
  // each run has its own cluster: the order of two runs in the same second is undefined
  let clusters = 0;
  const file = () => `files/refusing-${clusters}.yml`;
  const another = () => {
    clusters += 1;
    return file();
  };
  const reading = [
    ...[
      'facts',
      'status',
      'logs',
      'fetch-logs',
      'fetch-dumps',
      'rollback',
      'lock status',
      'keys check',
      'balance --check',
    ],
    ...['balance history', 'history', 'serve --check', 'serve --check --diff', 'lock release x -y'],
  ].flatMap((words) => bothForms([...words.split(' '), file()]));
  const running = ['stop', 'restart', 'serve -y'].flatMap((words) => [
    command([...words.split(' '), another()]),
    command([...words.split(' '), another(), '--json']),
  ]);
  const served = [['history'], ['history', 'last'], ['status'], ['lock', 'status', file()]].flatMap(bothForms);
  return [
    ...reading,
    ...bothForms(['exec', 'p0', file(), '--', 'true']),
    ...['facts', 'status', 'keys check'].flatMap((words) => bothForms([...words.split(' '), 'files/keyless.yml'])),
    ...running,
    ...served,
    command(['serve', '--resume']),
    command(['serve', '--failed', '-y', '--json']),
  ];
}

/** Every group's documents, names unique. */
export function documentsOf(groups, context) {
  const named = groups.flatMap((group) =>
    GROUPS[group](context).map((document) => ({
      ...document,
      measured: MEASURED.has(group),
      digests: LOCAL.test(document.name),
    })),
  );
  return [...new Map(named.map((document) => [document.name, document])).values()];
}
