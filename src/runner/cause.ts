/** The last line of a Python traceback, or of a program that names its error first. */
const NAMED = /^(?:[\w.]+ )?[\w.]*(?:Error|Exception)\b/;
const FAULT =
  /\b(?:error|exception|fatal|fail(?:ed|ure|s)?|refus(?:ed|es)|denied|unknown|unrecogni[sz]ed|invalid|illegal|cannot|can't|could not|unable|not found|no such|out of memory|not enough|no space|killed|panic)\b/i;

/** The line of a failed command's output that names the cause: an error if any line is one, else its last words; null: it printed nothing. */
export function causeOf(output: readonly string[]): string | null {
  const lines = output.map((line) => line.trim()).filter((line) => line !== '' && line !== '...');
  return (
    lines.findLast((line) => NAMED.test(line)) ?? lines.findLast((line) => FAULT.test(line)) ?? lines.at(-1) ?? null
  );
}

/** The cause first, then the exit code. */
export function failureWords(code: number, output: readonly string[]): string {
  const cause = causeOf(output);
  return cause === null ? `exit code ${code}, without a word` : `${cause} (exit code ${code})`;
}
