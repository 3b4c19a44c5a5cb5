import type { Contestant, Row } from './row.ts';

export function printTable(rows: readonly Row[]): void {
  const columns = [
    'work',
    'hosts',
    'ours',
    'Ansible',
    'Mitogen',
    'ssh',
    'Ansible/ours',
    'Mitogen/ours',
    'CPU s ours/Ansible/Mitogen/ssh',
    'hosts CPU s',
    'MiB',
    'bar',
    'reached',
  ];
  console.log(`| ${columns.join(' | ')} |\n|${columns.map(() => '---').join('|')}|`);
  for (const row of rows) {
    const cells = [
      row.work,
      row.hosts,
      seconds(row.ours),
      seconds(row.ansible),
      seconds(row.mitogen),
      seconds(row.floor),
      times(row.ratio),
      times(row.ratioMitogen),
      each(row.cpu, (value) => value.toFixed(2)),
      each(row.hostsCpu, (value) => value.toFixed(1)),
      each(row.memory, (value) => value.toFixed(0)),
      row.bar,
      row.reached === null ? '-' : row.reached ? 'yes' : 'NO',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** Of ours, Ansible, Mitogen and ssh. */
function each(values: Row['cpu'], text: (value: number) => string): string {
  const all: readonly Contestant[] = ['ours', 'ansible', 'mitogen', 'floor'];
  return all.map((who) => (values[who] === undefined ? '-' : text(values[who]))).join(' / ');
}

function seconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(2)} s`;
}

function times(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)}x`;
}
