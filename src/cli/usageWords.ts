/** oclif's words for a wrong call in ours: a line for each fault, printed once. */
export function usageWords(message: string): string {
  const [head = '', ...rest] = message.replace(NOT_PARSED, '$1 $3: expected $2').split('\n');
  if (!/^The following errors? occurred:$/.test(head)) return [head, ...rest].join('\n');
  return [...new Set(rest.map((line) => excluding(line) ?? needing(line) ?? line.trim()))].join('\n');
}

const NOT_PARSED = /^Parsing (--[\w-]+) *\n\s*Expected ([^\n]*?) but received: ([^\n]*)/;

function excluding(line: string): string | undefined {
  const flags = line.match(/(--[\w-]+)(?:=.*)? cannot also be provided when using (--[\w-]+)/);
  return flags === null ? undefined : `${[flags[1], flags[2]].sort().join(' and ')} exclude each other`;
}

function needing(line: string): string | undefined {
  const [, flag, needed] = line.match(/All of the following must be provided when using (--[\w-]+): (.*)/) ?? [];
  return flag === undefined ? undefined : `${flag} needs ${needed}`;
}
