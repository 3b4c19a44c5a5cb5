import { parseDocument, stringify } from 'yaml';
import { ofShape, ShapeError } from '../files/parseJson.ts';
import { OverlayShape } from './overlay.gen.ts';
import type { BalanceTarget } from './targets.ts';

/**
 * What `balance` says on top of a deployment file: dotted paths and their values, as `-e` takes them. It stands in a file of
 * its own, so that the user's is never touched.
 */
export type Overlay = ReadonlyMap<string, string | boolean>;

/** Where a target's settings stand. */
type Settings = Pick<BalanceTarget, 'settingsPath'>;

export const NO_OVERLAY: Overlay = new Map();

/** @throws Error for a text that is no flat map */
export function parseOverlay(text: string): Overlay {
  const document = parseDocument(text, { uniqueKeys: true });
  const [fault] = document.errors;
  if (fault) throw new Error(fault.message.split('\n')[0]);
  try {
    return new Map(Object.entries(ofShape(document.toJS() ?? {}, OverlayShape)));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const path = error.faults[0]?.path ?? '';
    throw new Error(path === '' ? 'it is no map' : `${path} has no plain value`, { cause: error });
  }
}

export function overlayText(overlay: Overlay, deployment: string): string {
  const head = [
    ` Written by omniplace balance. Every command reads it on top of ${deployment}; -e beats it.`,
    ` Delete it to go back to what ${deployment} says.`,
  ];
  return `${head.map((line) => `#${line}`).join('\n')}\n${stringify(Object.fromEntries(overlay))}`;
}

/** As `-e` takes them. */
export function overridesOf(overlay: Overlay): readonly string[] {
  return [...overlay].map(([path, value]) => `${path}=${value}`);
}

/** The overlay with a target's pattern set. @param pattern relative to the deployment's folder */
export function withPattern(overlay: Overlay, { settingsPath }: Settings, pattern: string): Overlay {
  const at = [...settingsPath, 'placement'].join('.');
  return new Map([...overlay, [`${at}.mode`, 'static'], [`${at}.pattern_path`, pattern]]);
}

/** The overlay with a target's dumps on, or as the deployment says. */
export function withDumps(overlay: Overlay, { settingsPath }: Settings, on: boolean): Overlay {
  const at = [...settingsPath, 'placement'].join('.');
  const own = [`${at}.dump`, `${at}.enable_dump`];
  const rest = [...overlay].filter(([path]) => !own.includes(path));
  return new Map(on ? [...rest, ...own.map((path) => [path, true] as const)] : rest);
}

/** The deployment's text with the overlay's values in it, comments kept: then no overlay is needed. */
export function writeInto(text: string, overlay: Overlay): string {
  const document = parseDocument(text);
  for (const [path, value] of overlay) document.setIn(path.split('.'), value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
