import { type Document, isMap, parseDocument, visit } from 'yaml';
import { UserError } from '../../../errors/userError.ts';
import { type Recipe, recipeHostsText } from './recipe.ts';

/** What a user's file has of its own; null: as the recipe has it. */
export interface RecipeChoices {
  /** In the order of {@link RecipeHosts}: those of prefill first. */
  readonly hosts: readonly string[];
  readonly image: string;
  readonly modelPath: string;
  readonly name: string | null;
  readonly user: string | null;
  readonly privateKey: string | null;
  readonly codePath: string | null;
  readonly logPath: string | null;
  readonly servedModelName: string | null;
  readonly proxyHost: string | null;
  readonly proxyPort: number | null;
}

/** Lines of a recipe's first comment that are about the recipe, not about what is made of it. */
const OF_RECIPE = /^ (yaml-language-server:|For your hosts:)/;

/**
 * The recipe for hosts of a user; its comments stay.
 * @throws UserError `bad_hosts` for another number of hosts
 */
export function recipeText(recipe: Recipe, choices: RecipeChoices): string {
  const document = parseDocument(recipe.text);
  const { modelPath } = recipe;
  const addresses = addressMap(recipe, choices.hosts);
  replaceText(document, (text) => {
    const moved = text === modelPath || text.startsWith(`${modelPath}/`);
    const own = moved ? `${choices.modelPath.replace(/\/$/, '')}${text.slice(modelPath.length)}` : text;
    return own.replaceAll(/\d+\.\d+\.\d+\.\d+/g, (address) => addresses.get(address) ?? address);
  });
  for (const [path, value] of written(choices)) if (value !== null) setIn(document, path, value);
  const comment = headerOf(recipe, document.commentBefore ?? '');
  document.commentBefore = null;
  return `${comment}\n\n${document.toString({ lineWidth: 0, indentSeq: true })}`;
}

function written(
  choices: RecipeChoices,
): readonly (readonly [path: readonly string[], value: string | number | null])[] {
  return [
    [['deployment', 'defaults', 'user'], choices.user],
    [['deployment', 'defaults', 'private_key'], choices.privateKey],
    [['deployment', 'proxy', 'host'], choices.proxyHost],
    [['deployment', 'proxy', 'listen_port'], choices.proxyPort],
    [['services', 'docker_image'], choices.image],
    [['services', 'log_path'], choices.logPath],
    [['services', 'served_model_name'], choices.servedModelName],
    [['services', 'code_path'], choices.codePath],
    [['services', 'name'], choices.name],
  ];
}

function addressMap(recipe: Recipe, given: readonly string[]): ReadonlyMap<string, string> {
  const { all } = recipe.hosts;
  const twice = given.find((address, i) => given.indexOf(address) !== i);
  if (twice !== undefined) throw badHosts(`${twice} is given twice`);
  if (given.length !== all.length) {
    const extra = given.slice(all.length);
    const left = extra.length === 0 ? '' : `; ${extra.join(', ')} would be left over`;
    throw badHosts(
      `${recipe.name} is for another number of hosts: ${recipeHostsText(recipe.hosts)}, not ${given.length}${left}`,
    );
  }
  return new Map(all.map((address, i) => [address, given[i]!]));
}

function badHosts(message: string): UserError {
  return new UserError('bad_hosts', message, { hint: 'Hosts are taken in the order given, those of prefill first.' });
}

/** In keys (`host 192.0.2.4:`) and in values. */
function replaceText(document: Document, replaced: (text: string) => string): void {
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string') scalar.value = replaced(scalar.value);
    },
  });
}

/** A new key goes first, where it is seen. */
function setIn(document: Document, path: readonly string[], value: string | number): void {
  const parent = document.getIn(path.slice(0, -1));
  const key = path.at(-1)!;
  if (document.hasIn(path)) document.setIn(path, value);
  else if (isMap(parent)) parent.items.unshift(document.createPair(key, value));
}

function headerOf(recipe: Recipe, comment: string): string {
  const lines = comment.split('\n').filter((line) => !OF_RECIPE.test(line));
  while (lines[0]?.trim() === '') lines.shift();
  return [
    ...lines,
    '',
    ` Written by omniplace init from the recipe ${recipe.name}. Look at it with \`omniplace validate\`, \`explain\` and`,
    ' `render`; nothing is touched before `omniplace serve`. Every key: docs/reference/deployment.md',
  ]
    .map((line) => `#${line}`.trimEnd())
    .join('\n');
}
