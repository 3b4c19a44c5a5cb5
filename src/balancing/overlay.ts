import { parseDocument, stringify } from 'yaml';
import type { SettingChange } from '../engines/expertControl.ts';
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

/** The overlay with these settings of a target on top. */
export function withSettings(overlay: Overlay, { settingsPath }: Settings, changes: readonly SettingChange[]): Overlay {
  const at = settingsPath.join('.');
  return new Map([...overlay, ...changes.map(({ key, value }) => [`${at}.${key}`, value] as const)]);
}

/** The deployment's text with the overlay's values in it, comments kept: then no overlay is needed. */
export function writeInto(text: string, overlay: Overlay): string {
  const document = parseDocument(text);
  for (const [path, value] of overlay) document.setIn(path.split('.'), value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
