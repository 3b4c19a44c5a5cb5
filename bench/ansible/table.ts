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
    'CPU s ours/Ansible/Mitogen',
    'MiB ours/Ansible/Mitogen',
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
      three(row.cpu, (value) => value.toFixed(2)),
      three(row.memory, (value) => value.toFixed(0)),
      row.bar,
      row.reached === null ? '-' : row.reached ? 'yes' : 'NO',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function three(values: Row['cpu'], text: (value: number) => string): string {
  const one = (who: Contestant) => (values[who] === undefined ? '-' : text(values[who]));
  return `${one('ours')} / ${one('ansible')} / ${one('mitogen')}`;
}

function seconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(2)} s`;
}

function times(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)}x`;
}
