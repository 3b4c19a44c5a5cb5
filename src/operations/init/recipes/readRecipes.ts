import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suggest } from '../../../deployment/suggest.ts';
import { UserError } from '../../../errors/userError.ts';
import { parseRecipe, type Recipe } from './recipe.ts';

const FOLDER = 'inventories/recipes';
const EXTENSION = '.yml';
/** What follows the model in the name of a recipe. */
const HARDWARE_AND_SIZE = /-a\d-.*$/;

/** Names of the recipes that the package brings, sorted. `root`: the package's folder. */
export async function recipeNames(root: string): Promise<readonly string[]> {
  const files = await readdir(join(root, FOLDER));
  return files
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

export async function readRecipes(root: string): Promise<readonly Recipe[]> {
  const names = await recipeNames(root);
  return await Promise.all(names.map((name) => readNamed(root, name)));
}

/** @throws UserError `unknown_recipe` */
export async function readRecipe(root: string, name: string): Promise<Recipe> {
  const names = await recipeNames(root);
  if (!names.includes(name)) throw unknownRecipe(name, names);
  return await readNamed(root, name);
}

async function readNamed(root: string, name: string): Promise<Recipe> {
  return parseRecipe(name, await readFile(join(root, FOLDER, `${name}${EXTENSION}`), 'utf8'));
}

function unknownRecipe(word: string, names: readonly string[]): UserError {
  const beginning = word === '' ? [] : names.filter((name) => name.startsWith(word.toLowerCase()));
  const plain = (name: string) => name.replaceAll('-', '_');
  const model = (name: string) => plain(name.replace(HARDWARE_AND_SIZE, ''));
  const meant = suggest(word, [...names.map(plain), ...names.map(model)]);
  const near =
    beginning.length > 0 ? beginning : names.filter((name) => [plain(name), model(name)].includes(meant ?? ''));
  const list = 'omniplace init --list-recipes shows all.';
  return new UserError('unknown_recipe', `'${word}' is not a recipe.`, {
    hint: near.length === 0 ? list : `Did you mean ${near.join(', ')}? ${list}`,
  });
}
