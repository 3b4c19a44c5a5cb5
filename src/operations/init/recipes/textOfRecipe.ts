import { UserError } from '../../../errors/userError.ts';
import { askMissing, type Question } from '../askMissing.ts';
import type { InitFlags } from '../initFlags.ts';
import { parseHosts } from '../initShape.ts';
import { type Recipe, recipeHostsText } from './recipe.ts';
import { recipeText } from './recipeText.ts';

type Key = 'hosts' | 'image' | 'model-path';

/** A recipe with what flags and answers at the terminal set. */
export async function textOfRecipe(recipe: Recipe, shape: string | undefined, flags: InitFlags): Promise<string> {
  if (shape !== undefined) {
    throw new UserError('bad_usage', `The recipe ${recipe.name} has a form of its own: ${recipe.size}.`, {
      hint: `Leave ${shape} out.`,
    });
  }
  const given = { hosts: flags.hosts, image: flags.image, 'model-path': flags['model-path'] };
  const answers = await askMissing(questionsFor(recipe), given);
  return recipeText(recipe, {
    hosts: parseHosts(answers.hosts),
    image: answers.image,
    modelPath: answers['model-path'],
    name: flags.name ?? null,
    user: flags.user ?? null,
    privateKey: flags['private-key'] ?? null,
    codePath: flags['code-path'] ?? null,
    logPath: flags['log-path'] ?? null,
    servedModelName: flags['served-model-name'] ?? null,
    proxyHost: flags['proxy-host'] ?? null,
    proxyPort: flags['proxy-port'] ?? null,
  });
}

const questionsFor = ({ hosts, modelPath }: Recipe): readonly Question<Key>[] => [
  { key: 'hosts', question: `Hosts, ${recipeHostsText(hosts)}; 10.0.0.1-8 or a list`, otherwise: null },
  { key: 'image', question: 'Docker image', otherwise: null },
  { key: 'model-path', question: 'Folder of the model on the hosts', otherwise: modelPath },
];
