import { table } from '../../../report/table.ts';
import { type Recipe, recipeHostsText } from './recipe.ts';

const HEADINGS = ['RECIPE', 'MODEL', 'HARDWARE', 'SIZE', 'HOSTS', 'CONNECTOR', 'DIALECT', 'SOURCE'];

/** A row for each recipe; below it where the sources are. */
export function recipeTable(recipes: readonly Recipe[]): string {
  const rows = recipes.map(({ name, model, hardware, size, hosts, connector, dialect, source }) => [
    name,
    model,
    hardware,
    size,
    recipeHostsText(hosts),
    connector,
    dialect,
    source.path.slice(source.path.lastIndexOf('/') + 1),
  ]);
  const origins = recipes.map(({ dialect, source }) => {
    const folder = source.path.slice(0, source.path.lastIndexOf('/'));
    return `${dialect}: github.com/${source.repository} ${source.commit}, ${folder}`;
  });
  return [
    ...table([HEADINGS, ...rows], HEADINGS.length),
    '',
    ...new Set(origins),
    'Untested on devices by us. Use one: omniplace init --recipe NAME --hosts LIST --out cluster.yml',
  ].join('\n');
}

/** As `--json` has it. */
export function recipeRow({ text: _text, modelPath: _modelPath, hosts, ...row }: Recipe) {
  return {
    ...row,
    hosts: { total: hosts.all.length, prefill: hosts.prefill.length, decode: hosts.decode.length },
  };
}
