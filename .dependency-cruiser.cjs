// The folder list is the architecture (docs/architecture.md); these rules keep it so.
// test/house/rules.test.ts breaks each of them once.
const PURE =
  '^src/(deployment|topology|engines|accelerators|rendering|shell|plan|placement|moves|simulation|balancing|imports)/';
const EFFECTS =
  '^(node:)?(fs|fs/promises|net|http|https|child_process|os|tls|dgram|worker_threads|readline|timers|timers/promises|perf_hooks)$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'files in a circle can only be understood, tested and moved together',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'a file that nothing imports is not part of the program',
      from: {
        orphan: true,
        pathNot: [
          '\\.d\\.ts$',
          '^src/(index|commands/)',
          '^src/lab/engines/',
          '^src/engines/[^/]+/faultCodes\\.ts$', // npm run gen reads it
          '\\.gen\\.ts$',
          '^src/runner/actions/',
          '^bench/',
        ],
      },
      to: {},
    },

    // the shell of the program
    {
      name: 'only-oclif-reaches-commands',
      severity: 'error',
      comment: 'a command is an entry of the program: oclif loads it by its path, and nothing builds on it',
      from: { pathNot: '^src/commands/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'only-commands-import-cli',
      severity: 'error',
      comment:
        'verbs, the report and everything below them work without the shell of the program (hooks are part of it)',
      from: { pathNot: '^src/(cli|commands|hooks)/' },
      to: { path: '^src/cli/' },
    },

    // verbs
    {
      name: 'verbs-are-apart',
      severity: 'error',
      // generations/ and fetch/ are shared, each by the verbs that its own rule names. balance and simulate place experts as
      // pattern does, and balance reads dumps: through an index. A flag takes the names of solvers, and must load none of them
      comment: 'what several verbs need is in session/ or cluster/, so that a verb can be changed and removed alone',
      from: { path: '^src/operations/([^/]+)/' },
      to: {
        path: '^src/operations/',
        pathNot: [
          '^src/operations/$1/',
          '^src/operations/(session|cluster|generations|fetch)/',
          '^src/operations/((pattern|dumps)/index|pattern/solverNames)\\.ts$',
        ],
      },
    },
    {
      name: 'pattern-and-dumps-for-balance-and-simulate',
      severity: 'error',
      comment: 'no other verb has experts to place, or dumps to read',
      from: { path: '^src/operations/', pathNot: '^src/operations/(pattern|dumps|balance|simulate)/' },
      to: { path: '^src/operations/(pattern|dumps)/' },
    },
    {
      name: 'generations-for-what-hosts-should-run',
      severity: 'error',
      comment:
        'a run keeps what served and puts it back when a change fails; rollback puts it back on request, and the others read what should run',
      from: {
        path: '^src/',
        pathNot: '^src/operations/(generations|cluster/run|rollback|restart|status|serve|stop|history)/',
      },
      to: { path: '^src/operations/generations/' },
    },
    {
      name: 'fetch-for-logs-and-dumps',
      severity: 'error',
      comment: 'fetch-logs and fetch-dumps copy files from hosts in the same way',
      from: { path: '^src/', pathNot: '^src/(operations/(fetch|dumps)|commands)/' },
      to: { path: '^src/operations/fetch/' },
    },
    {
      name: 'patterns-need-no-host',
      severity: 'error',
      comment: 'pattern commands work on any machine: files in, files out',
      from: { path: '^src/operations/pattern/' },
      to: { path: '^src/(transport|runner|state|facts|plan|lab|balancing)/' },
    },

    // what is shown
    {
      name: 'report-shows-events-and-steps-only',
      severity: 'error',
      comment: 'what all verbs show are events and steps; the view of one verb or domain is in its own folder',
      from: { path: '^src/report/' },
      to: { path: '^src/', pathNot: '^src/(report|errors|files|shell|runner/event\\.ts|plan/step\\.ts)' },
    },
    {
      name: 'report-takes-types-of-events-and-steps-only',
      severity: 'error',
      comment: 'a view renders what happened; it decides and computes nothing about a run',
      from: { path: '^src/report/' },
      to: { path: '^src/(runner|plan)/', dependencyTypesNot: ['type-only'] },
    },

    // experts
    {
      name: 'placement-through-its-index',
      severity: 'error',
      comment:
        'the index is the public interface of omniplace/placement; bench and tests measure what is inside; names of solvers load nothing, for help',
      from: { path: '^src/', pathNot: '^src/placement/' },
      to: { path: '^src/placement/', pathNot: '^src/placement/(index|references/names)\\.ts$' },
    },
    {
      name: 'placement-imports-only-itself',
      severity: 'error',
      comment: 'it is exported as omniplace/placement, and computes: it knows no file and no verb',
      from: { path: '^src/placement/' },
      to: { pathNot: '^src/placement/' },
    },
    {
      name: 'moves-import-placement-only',
      severity: 'error',
      comment: 'balance and simulate meet in moves/, so it depends on neither',
      from: { path: '^src/moves/' },
      to: { pathNot: '^src/(moves|placement)/' },
    },
    {
      name: 'simulation-imports-moves-and-placement-only',
      severity: 'error',
      comment: 'a simulation needs no deployment and no host',
      from: { path: '^src/simulation/' },
      to: { pathNot: '^src/(simulation|moves|placement)/' },
    },
    {
      name: 'production-imports-no-simulator',
      severity: 'error',
      comment: 'what serves decides by moves/; only simulate, and the engines that the lab imitates, run simulations',
      from: { path: '^src/', pathNot: '^src/((simulation|operations/simulate|lab/engines)/|commands/simulate\\.ts$)' },
      to: { path: '^src/simulation/' },
    },

    // engines and accelerators
    {
      name: 'engines-by-their-index-only',
      severity: 'error',
      comment: 'the product works with the interface; which engine or accelerator it is, the index decides',
      from: {
        path: '^src/',
        pathNot: '^src/(engines/index\\.ts|engines/[^/]+/|accelerators/index\\.ts|accelerators/[^/]+/|lab/engines/)',
      },
      to: { path: '^src/(engines|accelerators)/[^/]+/' },
    },
    {
      name: 'engines-are-apart',
      severity: 'error',
      comment: 'an engine can be removed as a folder',
      from: { path: '^src/(engines|accelerators)/([^/]+)/' },
      to: { path: '^src/(engines|accelerators)/[^/]+/', pathNot: '^src/$1/$2/' },
    },
    {
      name: 'accelerators-know-drivers-only',
      severity: 'error',
      comment: 'an accelerator has words, arguments and parsers; the probe, the plan and the engines use them',
      from: { path: '^src/accelerators/' },
      to: { path: '^src/', pathNot: '^src/(accelerators/|shell/|deployment/deployment\\.ts$)' },
    },

    // the lower rooms
    {
      name: 'base-rooms-import-nothing',
      severity: 'error',
      comment: 'everything may import errors/, files/ and shell/, so they import nothing but the error of a user',
      from: { path: '^src/(errors|files|shell)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/errors/'] },
    },
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
      comment: 'what is computed depends on nothing that touches a host, a file or a terminal',
      from: { path: PURE },
      to: { path: '^src/(transport|runner|state|operations|report|cli|commands|lab)/' },
    },
    {
      name: 'runner-knows-no-phase-or-engine',
      severity: 'error',
      comment: 'the runner runs steps; which steps there are is a matter of the plan',
      from: { path: '^src/runner/' },
      to: { path: '^src/(engines|accelerators|plan/phases|deployment|topology|operations|report|cli|commands|lab)/' },
    },
    {
      name: 'product-knows-no-lab',
      severity: 'error',
      comment: 'what runs in the lab is what runs on NPUs',
      from: { path: '^src/', pathNot: '^src/(lab/|commands/lab/|cli/labCommand\\.ts)' },
      to: { path: '^src/lab/' },
    },

    {
      name: 'imitations-share-facts-only',
      severity: 'error',
      comment: 'an imitation that ran code of the product would accept whatever the product does',
      from: { path: '^src/lab/' },
      to: {
        path: '^src/(engines|accelerators)/',
        pathNot: '^src/engines/vllm/flags/(flag|flags\\.gen|routerFlags)\\.ts$',
      },
    },

    // one file per library with effects
    {
      name: 'one-file-imports-ssh',
      severity: 'error',
      comment: 'the library can be replaced in one place',
      from: { path: '^src/', pathNot: '^src/transport/ssh2\\.ts$' },
      to: { path: 'node_modules/(node-ssh|ssh2)/' },
    },
    {
      name: 'one-file-imports-listr2',
      severity: 'error',
      comment: 'the library can be replaced in one place',
      from: { path: '^src/', pathNot: '^src/report/tty\\.ts$' },
      to: { path: 'node_modules/listr2/' },
    },
    {
      name: 'one-file-imports-execa',
      severity: 'error',
      comment: 'the library can be replaced in one place',
      from: { path: '^src/', pathNot: '^src/transport/localProcess\\.ts$' },
      to: { path: 'node_modules/execa/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
