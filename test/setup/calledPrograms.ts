import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** What a file of ours calls: programs by name or absolute path, and the calls whose program only shows when they are made. */
export interface Called {
  readonly programs: readonly string[];
  readonly unknown: readonly string[];
}

/** Functions of other modules whose first argument is a program or an argv. */
const CALLERS: readonly (readonly [from: RegExp, names: readonly string[]])[] = [
  [/^(node:)?child_process$/, ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync']],
  [/^execa$/, ['execa']],
  [/\/shell\.ts$/, ['run']],
  [/\/localProcess\.ts$/, ['runLocally']],
];

/** Calls in a TypeScript file or an ES module. */
export function calledBy(path: string): Called {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const callers = callersIn(source);
  const programs = new Set<string>();
  const unknown = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && callers.has(node.expression.text)) {
      const first = node.arguments[0];
      const name = first && programOf(first, source);
      if (name === null || name === undefined) unknown.add(`${path}: ${node.expression.text}(${first?.getText()})`);
      else if (name !== '') programs.add(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { programs: [...programs], unknown: [...unknown] };
}

/** Commands in a shell script of ours: the first word of each command, as far as scripts/ writes them. */
export function calledByShell(text: string): readonly string[] {
  const script = text
    .replace(/<<'?(\w+)'?\n[\s\S]*?\n\1\n/g, '\n')
    .replace(/(^|\s)#.*$/gm, '$1')
    // of quoted text only the commands whose output it takes
    .replace(/'[^']*'|"((?:\\.|\$\([^)]*\)|[^"\\])*)"/g, (_, inner: string = '') =>
      (inner.match(/\$\([^)]*\)/g) ?? ['x']).join(' '),
    );
  const functions = [...script.matchAll(/^\s*(\w+)\(\)/gm)].map(([, name]) => name!);
  const words = script
    .replace(/^\s*\w+\(\) *\{?/gm, '')
    .replace(/\$\(\([^)]*\)\)/g, '0')
    .split(/\$\(|[\n;|&(){}`]/)
    .map((command) => firstWord(command))
    .filter((word) => /^[a-z][\w.-]*$/.test(word));
  return [...new Set(words)].filter((word) => !functions.includes(word) && !WORDS_OF_SH.has(word));
}

const WORDS_OF_SH = new Set(
  'if then else elif fi for in do done while until case esac break continue return exit set shift trap export command printf echo cd exec eval read local test true false wait umask unset'.split(
    ' ',
  ),
);
const LEADS = /^(?:!|if|then|else|elif|do|while|until|exec|command -v|\w+=\S*|[\w* -]+\))\s+/;

function firstWord(command: string): string {
  let rest = command.trim();
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(LEADS, '');
  }
  return rest.split(/\s/)[0] ?? '';
}

function callersIn(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const from = statement.moduleSpecifier.text;
    const known = CALLERS.filter(([pattern]) => pattern.test(from)).flatMap(([, callers]) => callers);
    const bindings = statement.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings))
      for (const { name, propertyName } of bindings.elements)
        if (known.includes((propertyName ?? name).text)) names.add(name.text);
  }
  // const exec = promisify(execFile), const { execa } = await import('execa')
  const text = source.getText();
  for (const [, name, of] of text.matchAll(/const (\w+) = promisify\((\w+)\)/g)) if (names.has(of!)) names.add(name!);
  if (/await import\('execa'\)/.test(text)) names.add('execa');
  return names;
}

/** The program of an argument; '': node, or a file of ours; null: nobody can tell before the call. */
function programOf(argument: ts.Expression, source: ts.SourceFile): string | null {
  if (ts.isArrayLiteralExpression(argument)) {
    const first = argument.elements[0];
    return first ? programOf(first, source) : null;
  }
  if (ts.isStringLiteral(argument)) {
    const isOurs = argument.text.includes('/') && !argument.text.startsWith('/');
    return isOurs ? '' : argument.text;
  }
  if (argument.getText() === 'process.execPath') return '';
  if (!ts.isIdentifier(argument)) return null;
  const text = source.getText();
  if (new RegExp(`const ${argument.text} = .*node_modules/`).test(text)) return '';
  return new RegExp(`const ${argument.text} = (?:\\[\\s*)?'([^']+)'`).exec(text)?.[1] ?? null;
}
