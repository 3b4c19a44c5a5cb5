/** Words of a command that takes nodes and, among them, a deployment file. */
export interface NodeWords {
  /** Undefined: the deployment served last. */
  readonly file: string | undefined;
  readonly nodes: readonly string[];
}

/** A word that ends in .yml, .yaml or .json or holds a slash is the deployment file; `flag` is what --deployment says. */
export function nodeWords(words: readonly string[], flag: string | undefined): NodeWords {
  const isFile = (word: string) => /\.(ya?ml|json)$/i.test(word) || word.includes('/');
  const file = flag ?? words.find(isFile);
  return { file, nodes: words.filter((word) => !isFile(word)) };
}
