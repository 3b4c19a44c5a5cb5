/** One table of the benchmark: what the terminal shows and what `--json` carries. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** one sentence on what the numbers are */
  readonly note: string;
}

export function printTable({ title, columns, rows, note }: Table): void {
  console.log(`\n### ${title}\n\n${note}\n`);
  console.log(`| ${columns.join(' | ')} |`);
  console.log(`|${columns.map(() => '---').join('|')}|`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

export function par(value: number): string {
  return value.toFixed(4);
}

export function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
