import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

type Part = Readonly<Record<string, unknown>>;

const { unite, readCore, partsOfEngines, acceleratorNames } = (await import(
  '../../../scripts/gen-deployment.mjs' as string
)) as {
  unite(core: Part, engines: Readonly<Record<string, Part>>, accelerators: readonly string[]): Part;
  readCore(): Part;
  partsOfEngines(): Readonly<Record<string, Part>>;
  acceleratorNames(): readonly string[];
};

/** The deployment's schema as `npm run gen` would make it with the toys' folders in `src`. */
export function toySchema(): Part {
  const part = JSON.parse(readFileSync('test/fakes/toyEngine/settings.schema.json', 'utf8')) as Part;
  return unite(readCore(), { ...partsOfEngines(), toy: part, 'toy-alone': part }, [...acceleratorNames(), 'toy']);
}

/** What is compiled of it. */
export function toyValidator() {
  return new Ajv({ strict: false, allowUnionTypes: true, allErrors: true, unicodeRegExp: true }).compile(toySchema());
}
