/** A chip of `npu-smi info`. */
export interface Chip {
  readonly npu: number;
  /** Within its NPU. */
  readonly chip: number;
  /** N of its /dev/davinciN. */
  readonly die: number;
  /** In the driver's words. */
  readonly health: string;
  /** Null: the table has none. */
  readonly temperatureC: number | null;
}

/** A line `| NPU Name | Health | Power Temp ..|`: the name has a letter. */
const NPU = /^\|\s*(\d+)\s+\S*[A-Za-z]\S*\s*\|\s*([A-Za-z]\S*)\s*\|\s*\S+\s+(\S+)/;
/** The line below it: `| Chip Device | Bus-Id ..|`, where some drivers call the second column Phy-ID and others leave it out. */
const CHIP = /^\|\s*(\d+)(?:\s+(\d+))?\s*\|/;

/**
 * The table of `npu-smi info`. Its own column contains the number of a die; a table without that column counts dies by NPU.
 * A number is never made from others: NPUs need not start at 0, nor have equally many chips. Rows that claim one number are left out.
 */
export function readChips(table: string): readonly Chip[] {
  const [devices = ''] = table.split(PROCESS_HEADER);
  const lines = devices.split('\n');
  const chips = lines.flatMap((line, i): Chip[] => {
    const [, npu, health, temperature] = NPU.exec(line) ?? [];
    if (npu === undefined || health === undefined) return [];
    const [, chip = '0', device] = CHIP.exec(lines[i + 1] ?? '') ?? [];
    const celsius = Number(temperature);
    return [
      {
        npu: Number(npu),
        chip: Number(chip),
        die: Number(device ?? npu),
        health,
        temperatureC: Number.isFinite(celsius) ? celsius : null,
      },
    ];
  });
  return chips.filter(({ die }) => chips.filter((other) => other.die === die).length === 1);
}

const PROCESS_HEADER = /^.*Process id.*$/m;

/** The table below it, `| NPU Chip | Process id | name | memory |`. A process of a chip that the first table lacks is left out. */
export function readProcesses(table: string): readonly { die: number; pid: number; name: string }[] {
  const chips = readChips(table);
  const [, running = ''] = table.split(PROCESS_HEADER);
  return [...running.matchAll(/^\|\s*(\d+)\s+(\d+)\s*\|\s*(\d+)\s*\|\s*([^|\n]*?)\s*\|/gm)].flatMap(
    ([, npu, chip, pid, name]) => {
      const on = chips.find((each) => each.npu === Number(npu) && each.chip === Number(chip));
      return on === undefined ? [] : [{ die: on.die, pid: Number(pid), name: name! }];
    },
  );
}
