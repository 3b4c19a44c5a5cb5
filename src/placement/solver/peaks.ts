import type { ShareState } from './shareState.ts';

/** The hottest ranks of every plane: they tell a swap's new peaks without looking at the other ranks. */
export interface Peaks {
  /** [plane][3], the hottest ranks, falling */
  readonly hottest: Int32Array;
  /** [plane] */
  readonly highest: Float64Array;
  readonly trial: Float64Array;
  /** [rank], the most that the planes in which it is the hottest could fall together by one swap */
  readonly mostFall: Float64Array;
  readonly episodes: Float64Array;
}

export function createPeaks(state: ShareState): Peaks {
  return {
    hottest: new Int32Array(state.planes * 3),
    highest: new Float64Array(state.planes),
    trial: new Float64Array(state.planes),
    mostFall: new Float64Array(state.layer.ranks),
    episodes: new Float64Array(state.layer.episodes),
  };
}

export function findHottest(state: ShareState, peaks: Peaks): void {
  for (let plane = 0; plane < state.planes; plane++) findHottestIn(state, peaks, plane);
  sumMostFalls(state, peaks);
}

/** The same after a move, where only the planes matter in which a rank that it touched is or was among the hottest. */
export function updateHottest(state: ShareState, peaks: Peaks): void {
  const { planes, heights, touched, touchedCount } = state;
  const { hottest } = peaks;
  for (let plane = 0; plane < planes; plane++) {
    const third = hottest[plane * 3 + 2]!;
    const least = third < 0 ? 0 : heights[third * planes + plane]!;
    for (let i = 0; i < touchedCount; i++) {
      const rank = touched[i]!;
      const was = rank === third || rank === hottest[plane * 3] || rank === hottest[plane * 3 + 1];
      if (!was && heights[rank * planes + plane]! < least) continue;
      findHottestIn(state, peaks, plane);
      break;
    }
  }
  sumMostFalls(state, peaks);
}

function findHottestIn(state: ShareState, peaks: Peaks, plane: number): void {
  const { planes, heights, layer } = state;
  const { hottest } = peaks;
  let first = -1;
  let second = -1;
  let third = -1;
  let most = -1;
  let next = -1;
  let least = -1;
  for (let rank = 0, at = plane; rank < layer.ranks; rank++, at += planes) {
    const height = heights[at]!;
    if (height <= least) continue;
    if (height > most) {
      third = second;
      least = next;
      second = first;
      next = most;
      first = rank;
      most = height;
    } else if (height > next) {
      third = second;
      least = next;
      second = rank;
      next = height;
    } else {
      third = rank;
      least = height;
    }
  }
  hottest[plane * 3] = first;
  hottest[plane * 3 + 1] = second;
  hottest[plane * 3 + 2] = third;
  peaks.highest[plane] = most;
}

function sumMostFalls(state: ShareState, peaks: Peaks): void {
  peaks.mostFall.fill(0);
  for (let plane = 0; plane < state.planes; plane++) {
    const first = peaks.hottest[plane * 3]!;
    peaks.mostFall[first] = peaks.mostFall[first]! + mostFallOf(state, peaks, plane);
  }
}

/** What a plane could fall by at most with its two hottest ranks in a swap. */
export function mostFallOf(state: ShareState, peaks: Peaks, plane: number): number {
  const third = peaks.hottest[plane * 3 + 2]!;
  const floor = third < 0 ? 1 : Math.max(1, state.heights[third * state.planes + plane]!);
  return Math.max(0, peaks.highest[plane]! - floor);
}
