export interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly only: readonly string[];
  /** of each workload; undefined: the model's */
  readonly layers: number | undefined;
  readonly seed: number;
  /** of our solver, where moves are counted */
  readonly efforts: readonly number[];
  /** runs of a timing, of which the median counts */
  readonly rounds: number;
  /** a solver's name: time its first call in this process and print it */
  readonly cold: string | undefined;
}

export function readOptions(argv: readonly string[], sections: readonly string[]): Options {
  const value = (flag: string) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
  const quick = argv.includes('--quick');
  const layers = value('--layers');
  return {
    quick,
    json: argv.includes('--json'),
    only: value('--only')?.split(',') ?? sections,
    layers: layers === undefined ? (quick ? 6 : undefined) : Number(layers),
    seed: Number(value('--seed') ?? 7),
    efforts: (value('--efforts') ?? '1,10').split(',').map(Number),
    rounds: quick ? 1 : 3,
    cold: value('--cold'),
  };
}
