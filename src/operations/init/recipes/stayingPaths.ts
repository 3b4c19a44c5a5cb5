import { posix } from 'node:path';
import { isPair, isScalar, parseDocument, visit } from 'yaml';
import type { Recipe } from './recipe.ts';

/** Paths next to the recipe's model that another `--model-path` does not move, as of a draft model; empty: none. */
export function stayingPathsText(recipe: Recipe, modelPath: string): string {
  if (modelPath === recipe.modelPath) return '';
  const found = new Map<string, string>();
  visit(parseDocument(recipe.text), {
    Scalar: (key, { value }, ancestors) => {
      if (key === 'key' || typeof value !== 'string' || !isNextTo(recipe.modelPath, value)) return;
      const keys = ancestors.flatMap((node) => (isPair(node) && isScalar(node.key) ? [String(node.key.value)] : []));
      found.set(keys.join('.'), value);
    },
  });
  const lines = [...found].map(([key, path]) => `${key}: ${path}`);
  return lines.length === 0 ? '' : ['Paths of the recipe that stay; set them if yours differ:', ...lines].join('\n  ');
}

function isNextTo(modelPath: string, text: string): boolean {
  const isBelow = text === modelPath || text.startsWith(`${modelPath}/`);
  return !isBelow && text.startsWith(`${posix.dirname(modelPath)}/`);
}
