import type { Json, JsonObject } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { isMap } from '../../../files/maps.ts';
import type { ConfigKeys } from '../dialect/dialect.ts';
import { versionInWords } from '../dialect/hostDialects.ts';
import { serverShape } from '../layout/instanceLayout.ts';
import { type CheckContext, faultAt } from './faults.ts';
import {
  ADDITIONAL_CONFIG_KEYS,
  EXTRA_CONFIG_SECTIONS,
  EXTRA_CONFIG_SECTIONS_OF_NOW,
  FURTHER_PLACEMENT_KEYS,
  MODEL_PARALLEL_KEYS,
  OPERATOR_KEYS,
  OWN_ARGUMENTS,
  PLACEMENT_KEYS,
} from './knownKeys.ts';

const PLACEMENT_SWITCHES = {
  use_omni_placement: 'placement.enabled',
  omni_placement_config_path: 'placement',
} as const;

/** Keys of the engine's JSON that would end it, be dropped, or fight with what omniplace fills in; arguments likewise. */
export function* checkKeys(context: CheckContext): Generator<Fault> {
  yield* checkReader(context);
  yield* checkExtraConfig(context);
  yield* checkAdditionalConfig(context);
  yield* checkExtraArgs(context);
}

/** Some loaders choose a configuration of their own, and take no other. */
function* checkReader(context: CheckContext): Generator<Fault> {
  const { dialect, own } = context;
  if (Object.keys(own.extraConfig).length === 0 || dialect.extraConfigVariable !== null) return;
  yield faultAt(context, 'ignored_setting', 'warning', 'extra_config', {
    message: `extra_config has no effect: ${versionInWords(dialect)} chooses its configuration by model, devices and numbers of instances.`,
    hint: 'Remove it, or use an image of a version that reads a file.',
  });
}

function* checkExtraConfig(context: CheckContext): Generator<Fault> {
  const config = context.own.extraConfig;
  const sections = endsAtUnknownKeys(context) ? EXTRA_CONFIG_SECTIONS : EXTRA_CONFIG_SECTIONS_OF_NOW;
  for (const [section, values] of Object.entries(config)) {
    const key = `extra_config.${section}`;
    if (!(sections as readonly string[]).includes(section)) {
      yield faultAt(context, 'engine_key', 'error', key, {
        message: `OmniInfer reads no section \`${section}\`: what is in it would be dropped.`,
        hint: didYouMean(section, sections) ?? `Its sections are ${EXTRA_CONFIG_SECTIONS.join(' and ')}.`,
      });
    } else if (!isMap(values)) {
      yield faultAt(context, 'engine_value', 'error', key, {
        message: `\`${section}\` is a map of settings; OmniInfer would not start.`,
        hint: 'Write the settings below it.',
      });
    } else if (section === 'model_parallel_config') yield* checkModelParallel(context, values);
    else yield* checkOperators(context, section, values);
  }
}

/** Of model_parallel_config; assumed where the version does not show it. */
function endsAtUnknownKeys({ dialect }: CheckContext): boolean {
  return dialect.extraConfigKeys?.parallel.unknown !== 'drops';
}

function* checkModelParallel(context: CheckContext, values: JsonObject): Generator<Fault> {
  const keys = context.dialect.extraConfigKeys?.parallel ?? null;
  yield* checkSectionKeys(context, 'model_parallel_config', values, { keys, ofAll: MODEL_PARALLEL_KEYS, ends: true });
  const { role } = context.instance;
  const { tp } = serverShape(context.instance.group);
  const dpSize = role === 'decode' ? Math.floor(context.instance.numRanks / tp) : 1;
  const isRead = keys?.known.includes('dp_size') !== false;
  if (isRead && values.dp_size !== undefined && values.dp_size !== dpSize) {
    yield faultAt(context, 'engine_value', 'error', 'extra_config.model_parallel_config.dp_size', {
      message: `dp_size is ${JSON.stringify(values.dp_size)}, but this ${role} instance has ${dpSize}.`,
      hint: 'Leave it out: omniplace fills it in from the dies of the instance.',
    });
  }
}

interface SectionKeys {
  /** Of the code that will run; null: it does not show them. */
  readonly keys: ConfigKeys | null;
  readonly ofAll: readonly string[];
  /** Whether a version that does not show it ends at an unknown key. */
  readonly ends: boolean;
}

/** What is in no version is a misspelling; what only others have is dropped, or ends this one. */
function* checkSectionKeys(
  context: CheckContext,
  section: string,
  values: JsonObject,
  { keys, ofAll, ends: assumed }: SectionKeys,
): Generator<Fault> {
  const ends = keys === null ? assumed : keys.unknown === 'ends';
  const known = context.isDialectRead && keys !== null ? keys.known : [...ofAll, ...(keys?.known ?? [])];
  for (const key of unknownKeys(values, known)) {
    const isOfAnother = ofAll.includes(key);
    const what = ends ? 'does not start with it' : 'drops it without a word';
    const message = isOfAnother
      ? `${versionInWords(context.dialect)} has no \`${key}\` in ${section}, and ${what}.`
      : `OmniInfer knows no \`${key}\` in ${section}, and ${what}.`;
    yield faultAt(context, 'engine_key', ends ? 'error' : 'warning', `extra_config.${section}.${key}`, {
      message,
      hint: hintOf(key, known, isOfAnother),
    });
  }
}

function hintOf(key: string, known: readonly string[], isOfAnother: boolean): string {
  if (isOfAnother) return 'Remove it, or use an image of a version that has it.';
  const few = known.length < 20 ? `It knows ${[...new Set(known)].join(', ')}.` : 'Remove it.';
  return didYouMean(key, known) ?? few;
}

function* checkOperators(context: CheckContext, section: string, values: JsonObject): Generator<Fault> {
  const at = `extra_config.${section}`;
  const keys = context.dialect.extraConfigKeys?.operators ?? null;
  yield* checkSectionKeys(context, section, values, { keys, ofAll: OPERATOR_KEYS, ends: false });
  for (const [key, instead] of Object.entries(PLACEMENT_SWITCHES)) {
    if (values[key] === undefined) continue;
    yield faultAt(context, 'engine_value', 'error', `${at}.${key}`, {
      message: `\`${key}\` is written by omniplace, from \`${instead}\`.`,
      hint: `Set ${instead} instead.`,
    });
  }
}

function* checkAdditionalConfig(context: CheckContext): Generator<Fault> {
  const config = context.own.additionalConfig;
  for (const key of unknownKeys(config, ADDITIONAL_CONFIG_KEYS)) {
    const meant = didYouMean(key, ADDITIONAL_CONFIG_KEYS);
    // the engine passes on what others may read: only a likely misspelling is worth a word
    if (meant === null) continue;
    yield faultAt(context, 'engine_key', 'warning', `additional_config.${key}`, {
      message: `OmniInfer reads no \`${key}\` in --additional-config.`,
      hint: meant,
    });
  }
  const isEnabled = config.enable_omni_placement;
  if (isEnabled !== undefined && isEnabled !== context.own.placement.enabled) {
    yield faultAt(context, 'engine_value', 'error', 'additional_config.enable_omni_placement', {
      message: '`enable_omni_placement` is written by omniplace, from `placement.enabled`.',
      hint: 'Set placement.enabled instead.',
    });
  }
  yield* checkPlacementMap(context, config.omni_placement_config);
}

/** OmniPlacement takes any key: a misspelt one silently leaves the default, and for enable_dynamic that is true. */
function* checkPlacementMap(context: CheckContext, values: Json | undefined): Generator<Fault> {
  const at = 'additional_config.omni_placement_config';
  // of a placement that is off nothing is read
  if (!isMap(values) || !context.own.placement.enabled) return;
  if (context.dialect.placementFrom === 'extra-config') {
    yield faultAt(context, 'ignored_setting', 'warning', at, {
      message: `${versionInWords(context.dialect)} reads no omni_placement_config in --additional-config.`,
      hint: 'Set the keys under `placement`, which every version gets.',
    });
  }
  const known = [...PLACEMENT_KEYS, ...FURTHER_PLACEMENT_KEYS];
  for (const key of Object.keys(values)) {
    if ((PLACEMENT_KEYS as readonly string[]).includes(key)) {
      yield faultAt(context, 'engine_value', 'error', `${at}.${key}`, {
        message: `\`${key}\` is written by omniplace, from \`placement.${key}\`.`,
        hint: `Set placement.${key} instead: there it is checked.`,
      });
    } else if (!(known as readonly string[]).includes(key)) {
      yield faultAt(context, 'engine_key', 'error', `${at}.${key}`, {
        message: `OmniPlacement knows no \`${key}\`, and would take the default for what was meant.`,
        hint: didYouMean(key, known) ?? `It knows ${known.join(', ')}.`,
      });
    }
  }
}

function* checkExtraArgs(context: CheckContext): Generator<Fault> {
  for (const [i, argument] of context.settings.extraArgs.entries()) {
    const name = argument.split(/[= ]/, 1)[0]!.replaceAll('_', '-');
    const from = OWN_ARGUMENTS[name];
    if (from === undefined) continue;
    yield faultAt(context, 'engine_argument', 'error', `extra_args.${i}`, {
      message: `\`${name}\` is given by omniplace, from ${from}; twice, the proxy and the servers could disagree.`,
      hint: `Set ${from} instead.`,
    });
  }
}

function unknownKeys(values: JsonObject, known: readonly string[]): string[] {
  return Object.keys(values).filter((key) => !known.includes(key));
}

function didYouMean(word: string, known: readonly string[]): string | null {
  const meant = suggest(word, known);
  return meant === null ? null : `Did you mean ${meant}?`;
}
