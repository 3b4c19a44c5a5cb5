import { type Costs, type LifeCycle, type Shape, SimulationError } from '../moves/lifeCycle.ts';
import { AscendLifeCycle, type AscendSettings } from './ascendCycle.ts';
import { NoBalancing } from './noBalancing.ts';
import { OmniLifeCycle } from './omniCycle.ts';
import { VllmLifeCycle } from './vllmCycle.ts';
import { WatchLifeCycle } from './watchCycle.ts';

export type Setting = number | string | boolean;
export type Settings = Readonly<Record<string, Setting>>;

/** A policy of a name, with its settings whole: what replays and sweeps run. */
export interface Policy {
  /** as given by the user: `vllm:interval=500` */
  readonly label: string;
  readonly name: PolicyName;
  readonly settings: Settings;
}

interface Kind {
  readonly summary: string;
  readonly defaults: (shape: Shape) => Settings;
  /** What the engine would do with settings that it can't run; null: it runs. */
  readonly refusal: (settings: Settings, shape: Shape) => string | null;
  readonly create: (settings: Settings, shape: Shape, costs: Costs) => LifeCycle;
}

const vllmKind = (summary: string, own: Settings): Kind => ({
  summary,
  defaults: ({ ranks }) => ({ window: 1000, interval: 3000, redundant: ranks, groups: 1, nodes: 1, ...own }),
  refusal: refuseVllm,
  create: (settings, shape, costs) =>
    new VllmLifeCycle({ form: 'current', async: true, logInterval: 0, ...settings } as never, shape, costs),
});

const ascendKind = (summary: string, policy: 1 | 2 | 3, own: Settings = {}): Kind => ({
  summary,
  defaults: ({ ranks }) => ({ heat: 600, algorithm: 50, redundant: ranks, stage: 'all', record: false, ...own }),
  refusal: (settings, shape) => refuseAscend(policy, settings, shape),
  create: (settings, shape, costs) =>
    new AscendLifeCycle({ cherryPick: false, maxLayers: 0, ...settings, policy } as AscendSettings, shape, costs),
});

const KINDS = {
  none: {
    summary: 'the base placement, nothing moves; everything is compared with it',
    defaults: () => ({}),
    refusal: () => null,
    create: (_, shape) => new NoBalancing(shape),
  },
  vllm: vllmKind('vLLM, layers moving behind the passes (use_async)', { async: true }),
  'vllm-sync': vllmKind('vLLM, all layers moved at once while the passes wait', { async: false }),
  'vllm-first': vllmKind('vLLM as first published', { async: false, form: 'first' }),
  'ascend-default': ascendKind('vllm-ascend with DefaultEplb (eplb_policy_type 1)', 1),
  'ascend-swift': ascendKind('vllm-ascend with SwiftBalance (2)', 2),
  'ascend-flashlb': ascendKind('vllm-ascend with FlashLB (3), collecting pass by pass', 3),
  'ascend-flashlb-picked': ascendKind('the same, with its choice of layers by gain in effect', 3, {
    cherryPick: true,
    maxLayers: 0,
  }),
  omni: {
    summary: "OmniPlacement's dynamic loop",
    defaults: () => ({ perRank: 1, perExpert: 10, roundRobin: true, tick: 60 }),
    refusal: refuseOmni,
    create: (settings, shape, costs) => new OmniLifeCycle(settings as never, shape, costs),
  },
  omniplace: {
    summary: 'our balance --watch: few moves, only where they pay',
    defaults: ({ ranks }) => ({
      episode: 100,
      window: 2,
      redundant: ranks,
      threshold: 1.1,
      gain: 0,
      payback: 3000,
      cooldown: 1,
      moves: 0,
      routing: 'uniform',
      seed: 0,
    }),
    refusal: refuseWatch,
    create: (settings, shape, costs) => new WatchLifeCycle(settings as never, shape, costs),
  },
} satisfies Readonly<Record<string, Kind>>;

export type PolicyName = keyof typeof KINDS;
export const POLICY_NAMES = Object.keys(KINDS) as PolicyName[];
/** One of each engine, compared where the user names none. */
export const STANDARD_POLICIES: readonly PolicyName[] = ['vllm', 'ascend-swift', 'omni', 'omniplace'];

/** `name` or `name:key=value,key=value`; refuses what the engine would not run. */
export function parsePolicy(text: string, shape: Shape): Policy {
  const [name, rest] = splitOnce(text, ':');
  if (!Object.hasOwn(KINDS, name)) {
    const known = POLICY_NAMES.map((one) => `${one} (${KINDS[one].summary})`).join(', ');
    throw new SimulationError('bad-settings', `there is no policy ${name}; there are ${known}`);
  }
  const kind: Kind = KINDS[name as PolicyName];
  const settings: Record<string, Setting> = { ...kind.defaults(shape) };
  for (const part of rest === '' ? [] : rest.split(',')) {
    const [key, value] = splitOnce(part, '=');
    const standard = settings[key];
    if (standard === undefined) {
      const known = Object.keys(settings).join(', ') || 'none';
      throw new SimulationError('bad-settings', `${text}: ${name} has no setting ${key}; it has ${known}`);
    }
    settings[key] = parseSetting(text, key, value, standard);
  }
  return policyOf(text, name as PolicyName, settings, shape);
}

export function policyOf(label: string, name: PolicyName, settings: Settings, shape: Shape): Policy {
  const refusal = (KINDS[name] as Kind).refusal(settings, shape);
  if (refusal !== null) throw new SimulationError('bad-settings', `${label}: ${refusal}`);
  return { label, name, settings };
}

export function createLifeCycle({ name, settings }: Policy, shape: Shape, costs: Costs): LifeCycle {
  return (KINDS[name] as Kind).create(settings, shape, costs);
}

export function defaultSettings(name: PolicyName, shape: Shape): Settings {
  return (KINDS[name] as Kind).defaults(shape);
}

function refuseVllm(settings: Settings, { experts, ranks }: Shape): string | null {
  const { window, interval, redundant, groups, nodes } = settings as Record<string, number>;
  return (
    divides('vLLM', experts, redundant!, ranks) ??
    wholeFrom(window!, 1, 'window', 'vLLM would fail at the first recorded pass, its ring having no rows') ??
    wholeFrom(interval!, 1, 'interval', 'vLLM would rearrange in every pass') ??
    wholeFrom(nodes!, 1, 'nodes', 'there is one at least') ??
    wholeFrom(groups!, 1, 'groups', 'there is one at least') ??
    (experts % groups! === 0 ? null : `${groups} groups don't divide ${experts} experts; vLLM stops with an assertion`)
  );
}

function refuseAscend(policy: number, settings: Settings, { experts, ranks }: Shape): string | null {
  const { heat, algorithm, redundant } = settings as Record<string, number>;
  const hangs = 'vllm-ascend accepts it and then hangs: the plan is fetched before the planner was woken';
  if (!['all', 'prefill', 'decode'].includes(String(settings.stage))) {
    return `stage is ${settings.stage}; vllm-ascend refuses all but all, prefill and decode`;
  }
  return (
    divides('vllm-ascend', experts, redundant!, ranks) ??
    wholeFrom(heat!, 1, 'heat', hangs) ??
    wholeFrom(algorithm!, 1, 'algorithm', hangs) ??
    (policy === 1 && redundant! > ranks
      ? `${redundant} redundant experts on ${ranks} ranks: DefaultEplb raises ValueError above one per rank`
      : null)
  );
}

function refuseOmni(settings: Settings, { experts, ranks }: Shape): string | null {
  const { perRank, perExpert, tick } = settings as Record<string, number>;
  if (experts % ranks !== 0)
    return `${experts} experts don't divide over ${ranks} ranks; OmniPlacement raises runtime_error`;
  return (
    wholeFrom(perRank!, 0, 'perRank', 'OmniPlacement asserts it') ??
    wholeFrom(perExpert!, 1, 'perExpert', 'OmniPlacement refuses it') ??
    (tick! > 0 ? null : `tick is ${tick}; it is seconds, more than 0`)
  );
}

function refuseWatch(settings: Settings, { experts, ranks }: Shape): string | null {
  const { episode, window, redundant, threshold, gain, payback, cooldown, moves } = settings as Record<string, number>;
  if (!['uniform', 'affine', 'by-rank'].includes(String(settings.routing))) {
    return `routing is ${settings.routing}; it is uniform, affine or by-rank`;
  }
  return (
    divides('omniplace', experts, redundant!, ranks) ??
    wholeFrom(episode!, 1, 'episode', 'it is passes') ??
    wholeFrom(window!, 1, 'window', 'it is episodes') ??
    wholeFrom(cooldown!, 0, 'cooldown', 'it is episodes') ??
    wholeFrom(moves!, 0, 'moves', 'it is experts, 0 for any number') ??
    (threshold! >= 1 ? null : `threshold is ${threshold}; PAR is never below 1`) ??
    (gain! >= 0 && gain! < 1 ? null : `gain is ${gain}; it is a share from 0 to below 1`) ??
    (payback! >= 0 ? null : `payback is ${payback}; it is passes, 0 or more`)
  );
}

function divides(engine: string, experts: number, redundant: number, ranks: number): string | null {
  if (!Number.isInteger(redundant) || redundant < 0) {
    return `redundant is ${redundant}; ${engine} refuses all but whole numbers from 0`;
  }
  if ((experts + redundant) % ranks === 0) return null;
  const less = redundant - ((experts + redundant) % ranks);
  const near = less >= 0 ? `${less} or ${less + ranks}` : `${less + ranks}`;
  return `${experts} + ${redundant} redundant experts don't divide over ${ranks} ranks; ${engine} refuses to start (${near} would do)`;
}

function wholeFrom(value: number, least: number, key: string, otherwise: string): string | null {
  return Number.isInteger(value) && value >= least ? null : `${key} is ${value}; ${otherwise}`;
}

function parseSetting(text: string, key: string, value: string, standard: Setting): Setting {
  if (typeof standard === 'string') return value;
  if (typeof standard === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new SimulationError('bad-settings', `${text}: ${key} is ${value}; it is true or false`);
  }
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number)) return number;
  throw new SimulationError('bad-settings', `${text}: ${key} is ${value}; it is a number`);
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
