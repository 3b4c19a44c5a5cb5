/** An argument of `vllm serve`, as its definition has it. */
export interface Flag {
  /** switch: has no value; flag: has none, or is written --no-..; human: a number, perhaps with k, M, G behind it. */
  readonly type: 'switch' | 'flag' | 'int' | 'human' | 'float' | 'json' | 'text';
  readonly aliases?: readonly string[];
  readonly choices?: readonly (string | number)[];
  readonly ge?: number;
  readonly gt?: number;
  readonly le?: number;
  readonly lt?: number;
  /** It takes several values. */
  readonly many?: true;
  /** Text in braces is taken as JSON. */
  readonly mayBeJson?: true;
  /** It can be written without a value. */
  readonly optional?: true;
}

/** What a version of vLLM accepts: facts, read from its source. */
export interface FlagTable {
  /** `v0.27.1` */
  readonly version: string;
  readonly commit: string;
  readonly date: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** Keys of arguments that are JSON, with what each takes. */
  readonly jsonKeys: Readonly<Record<string, Readonly<Record<string, Flag>>>>;
  readonly connectors: readonly string[];
  /** Environment variables whose names begin with VLLM_. */
  readonly variables: readonly string[];
}
