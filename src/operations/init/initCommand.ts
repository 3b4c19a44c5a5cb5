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
import { faultsText } from '../session/faultsText.ts';
import { askMissing, type Question } from './askMissing.ts';
import { initText } from './init.ts';
import { type InitFlags, USUAL_VALUES } from './initFlags.ts';
import { parseHosts } from './initShape.ts';
import { readRecipe, readRecipes } from './recipes/readRecipes.ts';
import { recipeRow, recipeTable } from './recipes/recipeTable.ts';
import { stayingPathsText } from './recipes/stayingPaths.ts';
import { textOfRecipe } from './recipes/textOfRecipe.ts';

export interface InitShown {
  readonly answer: InitAnswer | { readonly recipes: readonly ReturnType<typeof recipeRow>[] };
  readonly shown: string;
  readonly talk: string;
}

export interface InitAnswer {
  readonly text: string;
  readonly out: string | null;
  readonly faults: readonly Fault[];
}

export interface InitOptions {
  /** The argument. */
  readonly shape: string | undefined;
  readonly flags: InitFlags;
  /** Folder of the package, which has the recipes. */
  readonly root: string;
}

/** Writes a deployment file; returns it, and what stdout and stderr are to show. */
export async function initCommand({ shape, flags, root }: InitOptions): Promise<InitShown> {
  if (flags['list-recipes']) {
    const recipes = await readRecipes(root);
    return { answer: { recipes: recipes.map(recipeRow) }, shown: recipeTable(recipes), talk: '' };
  }
  const { recipe, out = null } = flags;
  const found = recipe === undefined ? null : await readRecipe(root, recipe);
  const text = found === null ? await textOf(shape, flags) : await textOfRecipe(found, shape, flags);
  const file = out ?? 'cluster.yml';
  const { faults } = await validateText(text, file, { overrides: [] });
  const staying = found === null ? '' : stayingPathsText(found, flags['model-path'] ?? found.modelPath);
  const talk = [faultsText(faults, new Map([[file, text]])), staying].filter((part) => part !== '').join('\n');
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
  const said = await askMissing(questionsFor(usual.diesPerHost), {
    shape,
    hosts: flags.hosts,
    'dies-per-host': flags['dies-per-host']?.toString(),
    image: flags.image,
    'model-path': flags['model-path'],
  });
  return initText({
    shape: said.shape,
    hosts: parseHosts(said.hosts),
    diesPerHost: Number(said['dies-per-host']),
    diesPerNpu: flags['dies-per-npu'] ?? usual.diesPerCard,
    image: said.image,
    modelPath: said['model-path'],
    name: flags.name ?? null,
    engine: flags.engine ?? null,
    accelerator,
    starter: engine.starter({ codePath: flags['code-path'] ?? null }),
    user: flags.user ?? USUAL_VALUES.user,
    privateKey: flags['private-key'] ?? USUAL_VALUES.privateKey,
    logPath: flags['log-path'] ?? USUAL_VALUES.logPath,
    servedModelName: flags['served-model-name'] ?? USUAL_VALUES.servedModelName,
    proxyHost: flags['proxy-host'] ?? null,
    proxyPort: flags['proxy-port'] ?? USUAL_VALUES.proxyPort,
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

type Key = 'shape' | 'hosts' | 'dies-per-host' | 'image' | 'model-path';

/** Where nothing is known of the accelerator. */
const USUAL = { diesPerHost: 16, diesPerCard: 2 };

const questionsFor = (diesPerHost: number): readonly Question<Key>[] => [
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
