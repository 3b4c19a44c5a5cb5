import type { Fault } from '../../deployment/fault.ts';
import { UserError } from '../../errors/userError.ts';
import { writeOut } from '../../report/writeOut.ts';
import { validateText } from '../cluster/validate.ts';
import { ask } from '../session/ask.ts';
import { faultsText } from '../session/faultsText.ts';
import { type InitSettings, initText } from './init.ts';
import { parseHosts } from './initShape.ts';

/** The flags of `init`, as they were parsed. */
export interface InitFlags {
  readonly hosts: string | undefined;
  readonly 'dies-per-host': number | undefined;
  readonly 'dies-per-npu': number;
  readonly image: string | undefined;
  readonly 'model-path': string | undefined;
  readonly name: string | undefined;
  readonly user: string;
  readonly 'private-key': string;
  readonly 'code-path': string | undefined;
  readonly 'log-path': string;
  readonly 'served-model-name': string;
  readonly 'proxy-host': string | undefined;
  readonly 'proxy-port': number;
  readonly out: string | undefined;
  readonly force: boolean;
}

interface InitChoices extends Omit<InitSettings, 'shape' | 'hosts' | 'diesPerHost' | 'image' | 'modelPath'> {
  /** Undefined: asked for at a terminal. */
  readonly shape: string | undefined;
  readonly hosts: string | undefined;
  readonly diesPerHost: number | undefined;
  readonly image: string | undefined;
  readonly modelPath: string | undefined;
  /** Null: to stdout. */
  readonly out: string | null;
  readonly force: boolean;
}

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
  const choices = choicesOf(shape, flags);
  const { out } = choices;
  const text = await textOf(choices);
  const file = out ?? 'cluster.yml';
  const { faults } = await validateText(text, file, { overrides: [] });
  const talk = faultsText(faults, new Map([[file, text]]));
  if (faults.some((fault) => fault.severity === 'error')) {
    throw new UserError('bad_deployment', talk, { faults, hint: 'Nothing was written.' });
  }
  if (out !== null) await writeOut(out, text, choices.force);
  const shown =
    out === null
      ? text.trimEnd()
      : `${out} is written.\nNext: omniplace keys setup ${out} && omniplace serve ${out} --check`;
  return { answer: { text, out, faults }, shown, talk };
}

function choicesOf(shape: string | undefined, flags: InitFlags): InitChoices {
  return {
    shape,
    hosts: flags.hosts,
    diesPerHost: flags['dies-per-host'],
    diesPerNpu: flags['dies-per-npu'],
    image: flags.image,
    modelPath: flags['model-path'],
    name: flags.name ?? null,
    user: flags.user,
    privateKey: flags['private-key'],
    codePath: flags['code-path'] ?? null,
    logPath: flags['log-path'],
    servedModelName: flags['served-model-name'],
    proxyHost: flags['proxy-host'] ?? null,
    proxyPort: flags['proxy-port'],
    out: flags.out ?? null,
    force: flags.force,
  };
}

async function textOf(choices: InitChoices): Promise<string> {
  const missing = QUESTIONS.filter(({ key }) => choices[key] === undefined);
  const asked = missing.filter(({ otherwise }) => otherwise === null);
  if (asked.length > 0 && !process.stdin.isTTY) {
    throw new UserError(
      'bad_usage',
      `There is no terminal to ask at, and these are missing: ${asked.map(({ flag }) => flag).join(', ')}`,
      {
        hint: 'omniplace init --help shows an example.',
      },
    );
  }
  const said: Record<string, string> = {};
  for (const { key, question, otherwise } of missing) {
    said[key] = process.stdin.isTTY ? await ask(question, otherwise) : otherwise!;
  }
  const given = (key: Question['key']) => String(choices[key] ?? said[key]);
  return initText({
    ...choices,
    shape: given('shape'),
    hosts: parseHosts(given('hosts')),
    diesPerHost: Number(given('diesPerHost')),
    image: given('image'),
    modelPath: given('modelPath'),
  });
}

interface Question {
  readonly key: 'shape' | 'hosts' | 'diesPerHost' | 'image' | 'modelPath';
  readonly flag: string;
  readonly question: string;
  /** What an empty answer takes; null: there must be one. */
  readonly otherwise: string | null;
}

const QUESTIONS: readonly Question[] = [
  {
    key: 'shape',
    flag: 'the form',
    question: 'Form (4P8-1D32: 4 prefill instances of 8 NPUs, 1 decode instance of 32)',
    otherwise: null,
  },
  { key: 'hosts', flag: '--hosts', question: 'Hosts, prefill first (10.0.0.1-8 or a list)', otherwise: null },
  { key: 'diesPerHost', flag: '--dies-per-host', question: 'Dies of each host', otherwise: '16' },
  { key: 'image', flag: '--image', question: 'Docker image', otherwise: null },
  { key: 'modelPath', flag: '--model-path', question: 'Folder of the model on the hosts', otherwise: null },
];
