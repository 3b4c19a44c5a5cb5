import { Flags } from '@oclif/core';

/** What is replayed, on what instance. */
export const simulateFlags = {
  load: Flags.string({
    multiple: true,
    required: true,
    helpValue: 'TRACE',
    description:
      'files or folders of dumps as for pattern build, or gen:steady, drift, bursts, antiphase, diurnal, mix',
  }),
  policy: Flags.string({
    multiple: true,
    helpValue: 'NAME',
    description: 'NAME or NAME:setting=value,..: several settings of one policy may stand beside each other',
  }),
  ranks: Flags.integer({ min: 1, default: 32, helpValue: 'R', description: 'dies of the instance' }),
  'ranks-per-host': Flags.integer({ min: 1, default: 16, helpValue: 'N', description: 'dies of a host' }),
  steps: Flags.integer({
    min: 1,
    helpValue: 'N',
    description: 'passes; a recorded trace is stretched over them, a generated one has 10,000 unless told',
  }),
  seed: Flags.integer({ default: 1, helpValue: 'S', description: 'of generated traces' }),
  layers: Flags.integer({ min: 1, default: 58, helpValue: 'L', description: 'MoE layers of a generated trace' }),
  experts: Flags.integer({ min: 1, default: 256, helpValue: 'E', description: 'experts of a generated trace' }),
  tokens: Flags.integer({
    min: 1,
    default: 16_384,
    helpValue: 'T',
    description: 'routed per layer and pass of a generated trace: tokens x top-k',
  }),
  period: Flags.integer({
    min: 1,
    default: 4_000,
    helpValue: 'N',
    description: 'passes of a turn, flare or mixture of a generated trace',
  }),
  phase: Flags.custom<'prefill' | 'decode'>({
    options: ['prefill', 'decode'],
    default: 'decode',
    description: 'what the instance does',
  })(),
  lose: Flags.string({
    helpValue: 'RANKS@PASS',
    description: 'lose ranks at a pass: 5@6000, 5,6@6000, 16-31@6000 or host1@6000',
    exclusive: ['sweep'],
  }),
  'after-loss': Flags.custom<'engine' | 'recover' | 'restart'>({
    options: ['engine', 'recover', 'restart'],
    description:
      'what becomes of the instance: engines start anew with a spare die and omniplace goes on with the survivors, or all do either',
    dependsOn: ['lose'],
  })(),
  'cost-model': Flags.string({ helpValue: 'FILE', description: 'JSON of your own times and bandwidths' }),
  points: Flags.integer({
    min: 1,
    default: 400,
    helpValue: 'N',
    description: 'most points of a curve, in --json and on the page',
  }),
  report: Flags.string({ helpValue: 'out.html', description: 'write a page with the curves' }),
  sweep: Flags.boolean({ description: 'try many settings over several seeds and recommend', exclusive: ['report'] }),
  seeds: Flags.integer({
    min: 2,
    default: 3,
    helpValue: 'N',
    description: 'of a sweep: traces from --seed on; a recorded one is cut into as many parts',
  }),
};
