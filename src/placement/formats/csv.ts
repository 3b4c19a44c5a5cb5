import { type Load, PlacementError } from '../types.ts';

/** OmniPlacement's pattern tool keeps loads in steps of 128 tokens, rounded up for each window and position. */
export function toolUnits(tokens: number): number {
  return Math.ceil(tokens / 128);
}

/** The CSV of the pattern tool: a line per layer, a column per expert. Several episodes are summed. */
export function writeLoadCsv({ episodes, layers, experts, tokens }: Load): string {
  const lines = [['', ...Array.from({ length: experts }, (_, expert) => `ep_${expert}`)].join(',')];
  for (let layer = 0; layer < layers; layer++) {
    const cells: string[] = [`layer_${layer}`];
    for (let expert = 0; expert < experts; expert++) {
      let sum = 0;
      for (let episode = 0; episode < episodes; episode++)
        sum += tokens[(episode * layers + layer) * experts + expert]!;
      cells.push(String(sum));
    }
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** One episode. Columns must be ep_0.. in order and lines layer_0.. in order, as the tool writes them. */
export function parseLoadCsv(text: string): Load {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const header = lines[0]?.split(',').map(unquoted) ?? [];
  const experts = header.length - 1;
  if (experts < 1 || header.some((name, i) => name.trim() !== (i === 0 ? '' : `ep_${i - 1}`))) {
    throw new PlacementError('bad-file', `line 1: the header must be ,ep_0,ep_1.. as the pattern tool writes it`);
  }
  const layers = lines.length - 1;
  if (layers < 1) throw new PlacementError('bad-file', 'the CSV has a header but no layers');
  const tokens = new Float64Array(layers * experts);
  for (let layer = 0; layer < layers; layer++) {
    const cells = lines[layer + 1]!.split(',').map(unquoted);
    if (cells[0]!.trim() !== `layer_${layer}` || cells.length !== experts + 1) {
      throw new PlacementError(
        'bad-file',
        `line ${layer + 2}: expected layer_${layer} and ${experts} counts, found ${cells[0]!.trim()} and ${cells.length - 1}`,
      );
    }
    for (let expert = 0; expert < experts; expert++) {
      const cell = cells[expert + 1]!.trim();
      const value = Number(cell);
      if (cell === '' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER + 1)) {
        throw new PlacementError(
          'bad-file',
          `line ${layer + 2}, column ep_${expert}: "${cell}" is no count from 0 to 2^53`,
        );
      }
      tokens[layer * experts + expert] = value;
    }
  }
  return { episodes: 1, layers, experts, tokens };
}

/** Other programs put texts in quotes. */
function unquoted(cell: string): string {
  return cell.trim().replace(/^"(.*)"$/, '$1');
}
