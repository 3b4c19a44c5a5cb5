import type { Accelerator } from '../../accelerators/accelerator.ts';
import { acceleratorOf } from '../../accelerators/index.ts';
import type { AcceleratorName } from '../../deployment/deployment.ts';
import type { Fault } from '../../deployment/fault.ts';
import { fieldAt } from '../../deployment/schema.ts';
import type { Engine } from '../../engines/engine.ts';
import { allEngines } from '../../engines/index.ts';
import { UserError } from '../../errors/userError.ts';
import { writeOut } from '../../report/writeOut.ts';
import { validateText } from '../cluster/validate.ts';
import { ask } from '../session/ask.ts';
import { faultsText } from '../session/faultsText.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import { initText } from './init.ts';
import type { initFlags } from './initFlags.ts';
import { parseHosts } from './initShape.ts';

type InitFlags = FlagsOf<typeof initFlags>;

export interface InitAnswer {
  readonly text: string;
  readonly out: string | null;
  readonly faults: readonly Fault[];
}

/** Writes a deployment file; returns it, and what stdout and stderr are to show. */
export async function initCommand(
  shape: string | undefined,
  flags: InitFlags,
): Promise<{ answer: InitAnswer; shown: string; talk: string }> {
  const { out = null } = flags;
  const text = await textOf(shape, flags);
  const file = out ?? 'cluster.yml';
  const { faults } = await validateText(text, file, { overrides: [] });
  const talk = faultsText(faults, new Map([[file, text]]));
  if (faults.some((fault) => fault.severity === 'error')) {
    throw new UserError('bad_deployment', talk, { faults, hint: 'Nothing was written.' });
  }
  if (out !== null) await writeOut(out, text, flags.force);
  const shown =
    out === null
      ? text.trimEnd()
      : `${out} is written.\nNext: omniplace keys setup ${out} && omniplace serve ${out} --check`;
  return { answer: { text, out, faults }, shown, talk };
}

async function textOf(shape: string | undefined, flags: InitFlags): Promise<string> {
  const engine = engineFor(flags.engine);
  const accelerator = flags.accelerator ?? acceleratorFor(engine);
  const usual = usualOf(accelerator);
  const said: Record<Question['key'], string | undefined> = {
    shape,
    hosts: flags.hosts,
    'dies-per-host': flags['dies-per-host']?.toString(),
    image: flags.image,
    'model-path': flags['model-path'],
  };
  const questions = questionsFor(usual.diesPerHost);
  const missing = questions.filter(({ key }) => said[key] === undefined);
  const asked = missing.filter(({ otherwise }) => otherwise === null);
  if (asked.length > 0 && !process.stdin.isTTY) {
    const names = asked.map(({ key }) => (key === 'shape' ? 'the form' : `--${key}`));
    const message = `There is no terminal to ask at, and these are missing: ${names.join(', ')}`;
    throw new UserError('bad_usage', message, { hint: 'omniplace init --help shows an example.' });
  }
  for (const { key, question, otherwise } of missing) {
    said[key] = process.stdin.isTTY ? await ask(question, otherwise) : otherwise!;
  }
  return initText({
    shape: said.shape!,
    hosts: parseHosts(said.hosts!),
    diesPerHost: Number(said['dies-per-host']),
    diesPerNpu: flags['dies-per-npu'] ?? usual.diesPerCard,
    image: said.image!,
    modelPath: said['model-path']!,
    name: flags.name ?? null,
    engine: flags.engine ?? null,
    accelerator,
    starter: engine.starter({ codePath: flags['code-path'] ?? null }),
    user: flags.user,
    privateKey: flags['private-key'],
    logPath: flags['log-path'],
    servedModelName: flags['served-model-name'],
    proxyHost: flags['proxy-host'] ?? null,
    proxyPort: flags['proxy-port'],
  });
}

/** The engine of this name; without one, that of a file without `services.engine`. */
function engineFor(named: string | undefined): Engine {
  const name = named ?? fieldAt(['services', 'engine'])?.default;
  const engine = allEngines().find((each) => each.name === name);
  if (engine !== undefined) return engine;
  const known = allEngines().map((each) => each.name);
  throw new UserError('bad_usage', `'${name}' is not an engine.`, { hint: `There is ${known.join(', ')}.` });
}

/** Where the engine does not run on that of a file without `services.accelerator`, its first one; null: it does. */
function acceleratorFor({ accelerators }: Engine): string | null {
  const byDefault = fieldAt(['services', 'accelerator'])?.default;
  return accelerators.some((name) => name === byDefault) ? null : (accelerators[0] ?? null);
}

/** Of the machines of an accelerator; null: that of a file without `services.accelerator`. */
function usualOf(named: string | null): NonNullable<Accelerator['usual']> {
  const { enum: names, default: byDefault } = fieldAt(['services', 'accelerator']) ?? {};
  const name = named ?? byDefault;
  const isKnown = names?.includes(name) === true;
  return (isKnown ? acceleratorOf(name as AcceleratorName).usual : undefined) ?? USUAL;
}

interface Question {
  /** A flag, or the argument. */
  readonly key: 'shape' | 'hosts' | 'dies-per-host' | 'image' | 'model-path';
  readonly question: string;
  /** What an empty answer takes; null: there must be one. */
  readonly otherwise: string | null;
}

/** Where nothing is known of the accelerator. */
const USUAL = { diesPerHost: 16, diesPerCard: 2 };

const questionsFor = (diesPerHost: number): readonly Question[] => [
  {
    key: 'shape',
    question: 'Form (4P8-1D32: 4 prefill instances of 8 NPUs, 1 decode instance of 32)',
    otherwise: null,
  },
  { key: 'hosts', question: 'Hosts, prefill first (10.0.0.1-8 or a list)', otherwise: null },
  { key: 'dies-per-host', question: 'Dies of each host', otherwise: String(diesPerHost) },
  { key: 'image', question: 'Docker image', otherwise: null },
  { key: 'model-path', question: 'Folder of the model on the hosts', otherwise: null },
];
