import { Flags } from '@oclif/core';
import { UserError } from '../../errors/userError.ts';
import type { Objective } from '../../placement/index.ts';

export function rangeFlag(name: string, description: string) {
  return Flags.custom<[number, number]>({
    helpValue: 'a:b',
    description,
    parse: async (text) => parseRange(name, text),
  })();
}

/** Help shows these flags under a heading of their own. */
function grouped<T extends Record<string, { helpGroup?: string | undefined }>>(helpGroup: string, flags: T): T {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, { ...flag, helpGroup }])) as T;
}

/** Where the load comes from and how its dumps are read. */
export const loadFlags = grouped('load', {
  load: Flags.string({
    multiple: true,
    helpValue: 'FILE|DIR',
    description:
      'loads: .npy (layers, experts) or (episodes, layers, experts), CSV of the pattern tool, folders of dumps; - is stdin',
  }),
  windows: rangeFlag('windows', 'use the recordsteps a to b of dumps, both included'),
  episodes: Flags.integer({
    min: 1,
    helpValue: 'N',
    description: 'merge consecutive windows into N episodes; by default at most 8',
  }),
  'recorded-under': Flags.string({
    helpValue: 'base|FILE',
    description: 'what served while the dump was recorded: its columns are slots of that placement',
  }),
  experts: Flags.integer({
    min: 1,
    helpValue: 'E',
    description: 'experts per layer, where dumps have columns for more',
  }),
  strict: Flags.boolean({ description: 'refuse dumps that are damaged or incomplete' }),
});

/** What a map of another project does not contain. */
export const mapFlags = {
  ranks: Flags.integer({ min: 1, helpValue: 'R', description: 'of a SGLang map, which does not say it' }),
  experts: Flags.integer({ min: 1, helpValue: 'E', description: 'of a JSON map; by default the highest it names' }),
};

export const ranksPerHostFlag = Flags.integer({
  min: 1,
  default: 16,
  helpValue: 'N',
  description: 'dies of a host',
});

/** The instance that the placement is for. */
export const shapeFlags = grouped('instance', {
  ranks: Flags.integer({ min: 1, helpValue: 'R', description: 'dies of the instance; by default those of --old' }),
  slots: Flags.integer({
    min: 1,
    helpValue: 'K',
    description: 'slots per rank and layer; by default those of --old, else experts / ranks',
    exclusive: ['redundant-per-rank', 'slot-budget'],
  }),
  'redundant-per-rank': Flags.integer({
    min: 0,
    helpValue: 'X',
    description: 'slots per rank beyond experts / ranks',
    exclusive: ['slots', 'slot-budget'],
  }),
  'slot-budget': Flags.integer({
    min: 1,
    helpValue: 'N',
    description: 'slots of all ranks and layers together, given to the layers where they pay',
    exclusive: ['slots', 'redundant-per-rank'],
  }),
  'ranks-per-host': ranksPerHostFlag,
  old: Flags.string({ helpValue: 'FILE', description: 'the placement that serves now: moves count from it' }),
});

const number = (name: string) => Flags.custom<number>({ parse: async (text) => parseNumber(name, text) });

/** What the solver is to reach, and at what cost. */
export const solveFlags = grouped('solver', {
  split: Flags.custom<'uniform' | 'affine' | 'joint' | 'fractional'>({
    options: ['uniform', 'affine', 'joint', 'fractional'],
    default: 'joint',
    description: 'how replicas share tokens: evenly, as OmniPlacement routes on decode, good under both, or ideally',
  })(),
  'max-moves': Flags.string({
    helpValue: 'N',
    description: 'experts that may move from --old in all; or layer=N,rank=N,all=N',
    dependsOn: ['old'],
  }),
  'move-cost': number('move-cost')({ helpValue: 'C', description: 'PAR that one moved expert must earn in its layer' }),
  'max-replicas': Flags.integer({ min: 1, helpValue: 'M', description: 'most copies of one expert' }),
  'par-threshold': number('par-threshold')({
    helpValue: 'P',
    description: 'leave layers of --old alone whose PAR is at most this',
  }),
  'min-gain': number('min-gain')({ helpValue: 'G', description: 'change a layer only where its PAR falls by this' }),
  objective: Flags.custom<Objective>({
    helpValue: 'mean|max|pNN',
    description: 'what counts of the episodes; mean by default',
    parse: async (text) => parseObjective(text),
  })(),
  capability: Flags.string({ helpValue: 'FILE', description: 'relative speed of each rank: JSON list, .npy or text' }),
  cover: Flags.custom<'rank' | 'host'>({
    options: ['rank', 'host'],
    description: 'any one rank (host) may be lost and every expert is still there, as far as slots allow',
  })(),
  effort: number('effort')({ helpValue: 'N', description: 'how much to search; 1 by default', exclusive: ['fast'] }),
  fast: Flags.boolean({ description: 'the quickest search (effort 0)' }),
  'time-limit': Flags.integer({
    min: 1,
    helpValue: 'MS',
    description: 'end the search after so many ms; results then depend on the machine',
  }),
  seed: Flags.integer({ helpValue: 'S', description: 'of the search; the same seed gives the same bytes' }),
  groups: Flags.integer({ min: 1, helpValue: 'G', description: 'expert groups, for eplb, vllm and sglang-vec' }),
  nodes: Flags.integer({ min: 1, helpValue: 'N', description: 'hosts that groups are kept on, for the same' }),
  'special-layers': Flags.integer({
    min: 0,
    helpValue: 'N',
    description: 'layers that OmniPlacement’s tools treat, of highest load',
  }),
});

/** Tokens that stay on their host. */
export const localFlags = grouped('locality', {
  'keep-local': Flags.boolean({
    description: 'let few tokens leave their host, at a stated cost in PAR; near-first routing unless --split uniform',
    exclusive: ['max-moves', 'cover', 'max-replicas', 'capability', 'slot-budget', 'time-limit'],
  }),
  'par-cost': number('par-cost')({
    helpValue: 'C',
    description: 'by what share the PAR of a layer may rise for it; 0.01 by default',
    dependsOn: ['keep-local'],
  }),
  'source-load': Flags.string({
    helpValue: 'FILE',
    description: '.npy (ranks, layers, experts): tokens by the rank where they start; without it they start evenly',
    dependsOn: ['keep-local'],
  }),
  'ranks-per-supernode': Flags.integer({
    min: 1,
    helpValue: 'N',
    description: 'dies with fast links among their hosts: what leaves them costs more',
    dependsOn: ['keep-local'],
  }),
  'supernode-weight': number('supernode-weight')({
    helpValue: 'W',
    description: 'what leaving a supernode costs beside leaving a host; 1 by default',
    dependsOn: ['ranks-per-supernode'],
  }),
});

export const reportFlag = Flags.string({
  helpValue: 'out.html',
  description: 'write a page with pictures of the result',
});

function parseRange(name: string, text: string): [number, number] {
  const [, first, last] = text.match(/^(\d+):(\d+)$/) ?? [];
  if (first !== undefined && last !== undefined && Number(first) <= Number(last)) return [Number(first), Number(last)];
  throw badFlag(`--${name} ${text}`, `Give first and last recordstep, both included: --${name} 3:12`);
}

function parseNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw badFlag(`--${name} ${text}`, 'Give a number, 0 or more.');
}

function parseObjective(text: string): Objective {
  if (text === 'mean' || text === 'max') return text;
  const percent = Number(text.match(/^p(\d{1,2}(?:\.\d+)?)$/)?.[1]);
  if (percent > 0) return { quantile: percent / 100 };
  throw badFlag(`--objective ${text}`, 'Give mean, max or a percentile such as p95.');
}

export function badFlag(what: string, hint: string): UserError {
  const message = `${what} can't be used`;
  const error = new UserError('bad_usage', message, { hint });
  // oclif writes "Parsing --flag" and more before the message of what a flag's parser throws
  return Object.defineProperty(error, 'message', { get: () => message, set: () => {} });
}
