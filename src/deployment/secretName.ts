/** Whether a variable or key of this name holds a secret, as far as a name can tell: HF_TOKEN, API_KEY; not MAX_TOKENS. */
export function isSecretName(name: string): boolean {
  return /token(?!s|iz|_?enc|_?proc)|secret|passw|passphrase|^pwd$|credential|(api|access|private|auth)_?key/i.test(
    name,
  );
}

/** A value that a variable of such a name may have without being a secret: a number, a switch, a path, nothing. */
export function isPlainValue(value: string): boolean {
  return value.length < 4 || /^(\d+|true|false|none|\/.*)$/i.test(value);
}

/** `user:password` of a URL; null: it has no password. */
export function credentialsOf(url: string): string | null {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#@]*:[^/?#]+)@/i.exec(url)?.[1] ?? null;
}

/** `[name, value]` of docker's flags that set a variable: `-e NAME=value` in one argument or two, `--env=NAME=value`; with the flag's index. */
export function variablesOf(
  flags: readonly unknown[],
): readonly (readonly [index: number, name: string, value: string])[] {
  return flags.flatMap((flag, i) => {
    const isApart = flags[i - 1] === '-e' || flags[i - 1] === '--env';
    const said = isApart ? flag : /^(?:-e ?|--env[= ])(.*)$/s.exec(String(flag))?.[1];
    const [, name, value] = /^(\w+)=(.*)$/s.exec(String(said ?? '')) ?? [];
    return name === undefined || value === undefined ? [] : [[i, name, value] as const];
  });
}
