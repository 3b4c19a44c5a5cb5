import type { Argv } from './argv.ts';

/** A folder or file of the host in a container. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  /** `ro`, or what else `docker run -v` takes behind the second colon; null: none. */
  readonly options: string | null;
}

/** The same path on both sides. */
export function sameMount(path: string, options: string | null = null): Mount {
  return { source: path, target: path, options };
}

/** `/source:/target[:options]` */
export function parseMount(written: string): Mount {
  const [source = '', target = '', options = null] = written.split(':');
  return { source, target, options };
}

/** `-v` separates by colons. A path that contains one goes into `--mount`, which separates by commas and quotes as CSV does. */
export function mountArguments({ source, target, options }: Mount): Argv {
  if (!source.includes(':') && !target.includes(':'))
    return ['-v', [source, target, ...(options === null ? [] : [options])].join(':')];
  const fields = ['type=bind', `source=${source}`, `target=${target}`, ...(options === 'ro' ? ['readonly'] : [])];
  return ['--mount', fields.map(csvField).join(',')];
}

function csvField(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
