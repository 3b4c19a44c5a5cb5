import type { Interfaces } from '@oclif/core';

type Value<Flag> = Flag extends Interfaces.BooleanFlag<infer T> | Interfaces.OptionFlag<infer T> ? Readonly<T> : never;

type WithoutDefault<Flags> = {
  [Name in keyof Flags]: undefined extends Value<Flags[Name]> ? Name : never;
}[keyof Flags];

/** What a verb gets of its flags: those that have no default may be missing. */
export type FlagsOf<Flags> = {
  readonly [Name in Exclude<keyof Flags, WithoutDefault<Flags>>]: Value<Flags[Name]>;
} & { readonly [Name in WithoutDefault<Flags>]?: Value<Flags[Name]> | undefined };
