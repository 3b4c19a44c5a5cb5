import { type Document, isScalar, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import type { FaultCode } from './codes.ts';
import type { Fault } from './fault.ts';
import { NOWHERE } from './positions.ts';
import type { Field } from './schema.ts';
import { TooMuch, YamlReader } from './yamlReader.ts';

/** UTF-16 units; the file of a cluster of 100 hosts has 20 Ki. */
const MAX_LENGTH = 128 * 1024;
const MAX_DEPTH = 500; // of brackets: far more than any deployment opens
const TOO_DEEP = 'Maps or lists are nested too deeply.';

/** Of syntax errors that yaml words for programmers. */
const MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'A second document begins here; a deployment is one.',
};

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  MULTIPLE_DOCS: 'Remove the `---` before it, or put it into a file of its own.',
};

export interface ReadDocument {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly anchors: ReadonlyMap<string, Node>;
  /** Maps, lists and scalars; scalars already of the type the schema prefers ("8080" is 8080 where a port stands). */
  readonly plain: unknown;
}

/** Reads YAML 1.2 with merge keys. Everything odd becomes a fault; `null` when nothing can be read at all. */
export function readDocument(text: string, file: string, root: Field, faults: Fault[]): ReadDocument | null {
  const refuse = (
    code: FaultCode,
    message: string,
    { hint = null, line = 1, col = 1 }: Partial<Refused> = {},
  ): null => {
    faults.push({ severity: 'error', file, path: '', hint, code, message, line, col });
    return null;
  };
  if (text.length > MAX_LENGTH) {
    const message = `The file has ${Math.ceil(text.length / 1024)} KiB; a deployment has at most 128.`;
    return refuse('file_too_large', message, { hint: 'Is this the right file?' });
  }
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== null) {
    return refuse('yaml_syntax', TOO_DEEP, { line: lineOf(text, tooDeep), col: colOf(text, tooDeep) });
  }
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      merge: false,
      prettyErrors: false,
      // silent would pass over a second document
      logLevel: 'error',
    });
    // what follows a first syntax error is mostly its consequence
    const [broken] = document.errors;
    if (broken) {
      const hint = HINTS[broken.code] ?? null;
      return refuse('yaml_syntax', syntaxMessage(broken), { hint, ...lines.linePos(broken.pos[0]) });
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
      return refuse('empty_file', 'The file holds nothing.', { hint: 'Start from one of the files in inventories/.' });
    }
    const reader = new YamlReader(file, lines, faults);
    return { document, lines, anchors: reader.anchors, plain: reader.read(document.contents, root, []) };
  } catch (error) {
    if (error instanceof TooMuch) return null;
    // parser and reader are recursive
    if (!(error instanceof RangeError)) throw error;
    return refuse('yaml_syntax', TOO_DEEP);
  }
}

type Refused = Pick<Fault, 'hint' | 'line' | 'col'>;

function syntaxMessage({ code, message }: YAMLError): string {
  return message.startsWith('Maximum call stack') ? TOO_DEEP : (MESSAGES[code] ?? sentence(message));
}

/** The value of one `-e path=value`, read like a value of the file. */
export function readValue(
  text: string,
  file: string,
  field: Field | undefined,
  path: readonly string[],
  faults: Fault[],
): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [broken] = document.errors;
  if (broken) {
    const dotted = path.join('.');
    const hint = `Quote the value: -e '${dotted}="..."'.`;
    faults.push({
      code: 'bad_override',
      severity: 'error',
      message: sentence(broken.message),
      hint,
      file,
      ...NOWHERE,
      path: dotted,
    });
    return undefined;
  }
  const own: Fault[] = [];
  const value = new YamlReader(file, lines, own).read(document.contents, field, path);
  faults.push(...own.map((fault) => ({ ...fault, ...NOWHERE })));
  return value;
}

/** True for texts that are not worth a parser's time: {@link readDocument} refuses them unread. */
export function isRefusedUnread(text: string): boolean {
  return text.length > MAX_LENGTH || tooDeepAt(text) !== null;
}

/** Where more brackets are open than any deployment opens: the parser is recursive, and slow to run out of stack. */
function tooDeepAt(text: string): number | null {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '[' || char === '{') depth++;
    else if ((char === ']' || char === '}') && depth > 0) depth--;
    if (depth > MAX_DEPTH) return i;
  }
  return null;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function colOf(text: string, offset: number): number {
  return offset - text.lastIndexOf('\n', offset - 1);
}

function sentence(message: string): string {
  const [first = ''] = message.split('\n');
  return first.endsWith('.') ? first : `${first}.`;
}
