import { Eta } from 'eta/core';

const eta = new Eta({ autoEscape: false, autoTrim: false, useWith: true });

/**
 * Fills a template. eta prints "undefined" for an unknown name; here that is an error.
 * @throws Error `undefined variable 'x'`
 */
export function fillTemplate(template: string, variables: Readonly<Record<string, unknown>>): string {
  return eta.renderString(template, strict(variables));
}

/** `with (strict(...))` asks `has` for every name: claiming them all shuts globals out as well as misspellings. */
function strict(variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return new Proxy(
    { ...variables },
    {
      has: (_, name) => typeof name === 'string' && !ETA_OWN.has(name),
      get: (target, name) => {
        if (typeof name === 'symbol') return undefined;
        if (!Object.hasOwn(target, name)) throw new Error(`undefined variable '${name}'`);
        return target[name];
      },
    },
  );
}

// names of eta's compiled functions
const ETA_OWN = new Set([
  '__eta',
  'it',
  'include',
  'includeAsync',
  'layout',
  'capture',
  'captureAsync',
  'block',
  'blockAsync',
  'output',
  'options',
]);
