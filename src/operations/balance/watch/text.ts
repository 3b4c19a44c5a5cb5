import type { WatchNote } from '../../../balancing/watchAdvance.ts';
import type { WatchDecision } from '../../../balancing/watchDecide.ts';
import type { InstanceRound, WatchRound } from '../../../balancing/watchRound.ts';
import { duration } from '../../../files/durations.ts';
import { plural } from '../../../report/plural.ts';
import { balanceText } from '../text.ts';

/**
 * A round as lines; what is as it was is not said again. @param restartWindow `02:00-04:00`; null: nothing is ever restarted
 */
export function createWatchTeller(restartWindow: string | null): (round: WatchRound) => readonly string[] {
  const said = new Map<string, string>();
  /** True where it is something else than was said last. */
  const isNews = (about: string, text: string): boolean => {
    if (said.get(about) === text) return false;
    said.set(about, text);
    return true;
  };
  const seenIn = new Map<string, number>();
  /** True where the look before this one did not have it: what went away and comes again is said again. */
  const comesUp = (problem: string, round: number): boolean => {
    const last = seenIn.get(problem) ?? Number.NEGATIVE_INFINITY;
    seenIn.set(problem, round);
    return last < round - 1;
  };
  const ofInstance = (one: InstanceRound): string[] => {
    const { name, problem, stalled, notes, decision, state, ageSeconds } = one;
    const lines = notes.map(noteText);
    const wasAway = (said.get(`${name} problem`) ?? '') !== '';
    if (isNews(`${name} problem`, problem ?? '')) {
      if (problem !== null) lines.push(problem);
      else if (wasAway && notes.length === 0) lines.push('that is over: it is looked at again');
    }
    if (isNews(`${name} stalled`, String(stalled)) && (stalled || said.has(`${name} was stalled`))) {
      said.set(`${name} was stalled`, '');
      lines.push(
        stalled
          ? `NO WINDOW since ${duration((ageSeconds ?? 0) * 1000)}: does its engine still run and record?`
          : 'windows come again',
      );
    }
    if (decision !== null) {
      const { text, isSame } = decisionText(decision, state.episodes.length, restartWindow);
      if (isNews(`${name} decision`, isSame) || decision.moves.length > 0) lines.push(...text);
    }
    return lines.map((line) => `${name}: ${line}`);
  };
  return ({ round, instances, restarts, problems }) => [
    ...instances.flatMap(ofInstance),
    ...(restarts.length === 0 ? [] : balanceText({ targets: restarts }).split('\n')),
    ...problems.filter((problem) => comesUp(problem, round)),
  ];
}

function noteText(note: WatchNote): string {
  switch (note.kind) {
    case 'started': {
      const how = note.canSwap ? 'swaps experts while it serves' : 'moves experts by a restart alone';
      return note.again
        ? `its engine was started anew, ${note.stamp}`
        : `watched; its engine, started ${note.stamp}, ${how}`;
    }
    case 'swapped':
      return `serves map ${note.epoch} from window ${note.fromStep} on: ${plural(note.movedExperts, 'expert')} moved`;
    case 'refused':
      return `the engine refused the swap: ${note.reason}`;
    case 'unanswered':
      return `no answer to the swap within ${plural(note.windows, 'window')}: till it comes, only a restart moves its experts`;
    case 'dropped':
      return 'the swap that was asked for is gone with the engine that was to make it';
    case 'foreign-map':
      return `map ${note.epoch} serves, which was not asked for here: does another controller swap its experts?`;
    case 'damaged':
      return `window ${note.step} was left out: ${note.message}`;
    case 'measured':
      return `mean PAR ${par(note.after)} measured, ${par(note.predicted)} predicted, ${par(note.before)} before`;
  }
}

/** `isSame`: what must change for it to be said again. */
function decisionText(
  { layers, moves, movedExperts, par: now, parPredicted, stepTimeGain }: WatchDecision,
  episodes: number,
  restartWindow: string | null,
): { readonly text: readonly string[]; readonly isSame: string } {
  const numLayers = Object.values(layers).reduce((a, b) => a + b, 0);
  const gain = `mean PAR ${par(now)} -> ${par(parPredicted)} is predicted to save ${(stepTimeGain * 100).toFixed(1)} % of a step`;
  if (moves.length > 0) {
    const what =
      layers.restored === undefined
        ? `asks to swap ${moves.length} of ${plural(numLayers, 'layer')}`
        : `asks for what served before its restart in ${moves.length} of ${plural(numLayers, 'layer')}`;
    return { text: [`${what}, ${plural(movedExperts, 'expert')}: ${gain}`], isSame: '' };
  }
  if (layers.swap_pending !== undefined) return { text: [], isSame: 'pending' };
  if (layers.too_few_windows !== undefined) {
    const text = `${plural(episodes, 'window')} with load so far`;
    return { text: [text], isSame: text };
  }
  const held = layers.restart_window ?? 0;
  if (held > 0) {
    const when = restartWindow === null ? 'and none is allowed (--restart-window)' : `which waits for ${restartWindow}`;
    return {
      text: [`${held} of ${plural(numLayers, 'layer')} would gain: ${gain}; it takes a restart, ${when}`],
      isSame: 'held',
    };
  }
  const why = Object.entries(REASONS).flatMap(([reason, words]) => {
    const count = layers[reason as keyof typeof REASONS];
    return count === undefined ? [] : [`${count} ${words}`];
  });
  const text = `nothing moves at mean PAR ${par(now)}: of ${plural(numLayers, 'layer')} ${why.join(', ')}`;
  return { text: [text], isSame: Object.keys(layers).sort().join() };
}

const REASONS = {
  balanced: 'balanced',
  cooldown: 'moved a short while ago',
  not_worth: 'not worth their move',
  locked: 'held back, the cluster being changed by somebody',
} as const;

function par(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

/** A round as one line of JSON. */
export function watchRoundJson({ at, round, durationMs, instances, restarts, problems }: WatchRound): string {
  return JSON.stringify({
    at,
    round,
    durationMs,
    instances: instances.map((one) => {
      const { name, target, host, problem, state, newWindows, ageSeconds, stalled, decision, notes } = one;
      const { stamp, step, epoch, episodes, par: pars, asked, tally } = state;
      return {
        instance: name,
        target,
        host,
        problem,
        engine: { stamp, canSwap: epoch !== null, epoch },
        windows: { newest: step, new: newWindows, kept: episodes.length, ageSeconds, stalled },
        par: pars,
        swap: asked === null ? null : { id: asked.id, layers: asked.layers.length, movedExperts: asked.movedExperts },
        decision: decision && { ...decision, moves: decision.moves.map(({ layer, hops }) => [layer, hops.length]) },
        notes,
        totals: tally,
      };
    }),
    restarts,
    problems,
  });
}

/** The last lines: what came of it. */
export function watchEndText(
  { rounds, durationMs }: { readonly rounds: number; readonly durationMs: number },
  last: WatchRound | null,
): string {
  const totals = (last?.instances ?? []).map(({ name, state: { tally, asked, isDeaf, par: pars } }) => {
    const swaps = `${plural(tally.swaps.applied, 'swap')}, ${plural(tally.moves, 'expert')} moved`;
    const open = asked === null || isDeaf ? '' : '; a swap is under way, and who watches next takes up its answer';
    return `  ${name}: ${swaps} so far; mean PAR ${par(pars.after)} now${open}`;
  });
  return [`Watched for ${duration(durationMs)}, ${plural(rounds, 'look')}.`, ...totals].join('\n');
}
