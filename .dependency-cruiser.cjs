// The folder list is the architecture (docs/architecture.md); these rules keep it so.
const PURE = '^src/(deployment|topology|engines|rendering|shell|plan|placement|moves|simulation|balancing|imports)/';
const EFFECTS =
  '^(node:)?(fs|fs/promises|net|http|https|child_process|os|tls|dgram|worker_threads|readline|timers|timers/promises|perf_hooks)$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-core',
      severity: 'error',
      comment: 'no files, network, processes or clocks in the pure folders',
      from: { path: PURE },
      to: { path: EFFECTS },
    },
    {
      name: 'pure-core-stays-inside',
      severity: 'error',
      from: { path: '^src/(deployment|topology|engines|rendering|shell|plan|balancing|imports)/' },
      to: { path: '^src/(transport|runner|state|operations|report|cli|commands|lab)/' },
    },
    {
      name: 'placement-imports-only-itself',
      severity: 'error',
      from: { path: '^src/placement/' },
      to: { pathNot: '^src/placement/' },
    },
    {
      name: 'simulation-imports-placement-and-moves-only',
      severity: 'error',
      from: { path: '^src/(simulation|moves)/' },
      to: { pathNot: '^src/(simulation|moves|placement)/' },
    },
    {
      name: 'runner-knows-no-phase-or-engine',
      severity: 'error',
      from: { path: '^src/runner/' },
      to: { path: '^src/(engines|plan/phases|deployment|topology|operations|report|cli|commands|lab)/' },
    },
    {
      name: 'report-knows-events-only',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: '^src/(transport|runner/(?!event)|operations|engines|lab|cli|commands|state)' },
    },
    {
      name: 'nobody-imports-commands',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/commands/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'patterns-need-no-host',
      severity: 'error',
      comment: 'pattern commands work on any machine: files in, files out',
      from: { path: '^src/patterns/' },
      to: { path: '^src/(transport|runner|state|facts|plan|lab|balancing)/' },
    },
    {
      name: 'product-knows-no-lab',
      severity: 'error',
      comment: 'what runs in the lab is what runs on NPUs',
      from: { path: '^src/', pathNot: '^src/(lab/|commands/lab/|cli/labCommand\\.ts)' },
      to: { path: '^src/lab/' },
    },
    {
      name: 'one-file-imports-ssh',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/transport/ssh2\\.ts$' },
      to: { path: 'node_modules/(node-ssh|ssh2)/' },
    },
    {
      name: 'one-file-imports-listr2',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/report/tty\\.ts$' },
      to: { path: 'node_modules/listr2/' },
    },
    {
      name: 'one-file-imports-execa',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/transport/localProcess\\.ts$' },
      to: { path: 'node_modules/execa/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.d\\.ts$',
          '^src/(index|commands/)',
          '^src/lab/engines/omni/',
          '\\.gen\\.ts$',
          '^src/runner/actions/',
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
