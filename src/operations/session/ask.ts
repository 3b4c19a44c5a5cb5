import { createInterface } from 'node:readline/promises';

/** Asks at the terminal until there is an answer; an empty one takes `otherwise`, where there is one. */
export async function ask(question: string, otherwise: string | null): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (;;) {
      const answer = (await prompt.question(`${question}${otherwise === null ? '' : ` [${otherwise}]`}: `)).trim();
      if (answer !== '') return answer;
      if (otherwise !== null) return otherwise;
    }
  } finally {
    prompt.close();
  }
}
