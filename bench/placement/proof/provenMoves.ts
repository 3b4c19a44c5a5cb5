import { Bundle } from './bundle.ts';
import { type Priced, priceColumns } from './columns.ts';
import type { LayerProblem } from './layerProblem.ts';

const ROUGH_GRID = 500;
const SEARCH_GRID = 2000;
const FINE_GRID = 8000;
const STEPS = 80;
/** of the bundle's pull: beyond it, its weights take long to settle */
const LOOSEST = 300;
/** moves that are not worth another step */
const LITTLE = 0.05;
/** moves: columns this much worse than a rank's best are of use to the bundle too */
const WITHIN = 2;

/**
 * No placement of a layer that keeps to the cap is reached with fewer arrivals: a Lagrangian relaxation, whose best
 * value is the Dantzig-Wolfe bound. A rank takes a column, `slots` copies that keep to the cap, and pays 1 for each
 * arrival; a copy of c covers 1 / c of its expert, and all experts must be covered. With a price on each expert's cover
 * the ranks part: the sum of prices, less what each rank's best column is worth beyond its arrivals, is a bound whatever
 * the prices. What is relaxed: ranks needn't agree on an expert's number of copies, and may take an expert twice.
 */
export function provenMoves(problem: LayerProblem): number {
  let best = lagrangian(problem, proportional(problem), SEARCH_GRID);
  if (best.value === Infinity) return best.value;
  const bundle = new Bundle(problem.load, problem.ranks);
  bundle.add(best.columns);
  let pull = 3;
  let failed = 0;
  for (let step = 0; step < STEPS; step++) {
    const next = bundle.solve(best.prices, pull);
    const expected = next.value - best.value;
    const found = lagrangian(problem, next.prices, SEARCH_GRID);
    const gain = found.value - best.value;
    bundle.add(found.columns);
    if (gain > 0 && gain > expected / 10) {
      best = found;
      if (gain > expected / 2 && failed === 0) pull *= 2;
      failed = 0;
    } else if (++failed === 3 || gain < -expected) {
      pull /= 1.7;
      failed = 1;
    }
    pull = Math.min(pull, LOOSEST);
    if (expected < LITTLE) {
      if (pull === LOOSEST) break;
      pull *= 4;
      failed = 0;
    }
  }
  return lagrangian(problem, best.prices, FINE_GRID).value;
}

/** The best prices that are the same for all loads. */
function proportional(problem: LayerProblem): Float64Array {
  const all = [2, 3, 4, 6, 8, 11, 14, 18, 22, 28].map((price) =>
    lagrangian(
      problem,
      problem.load.map((load) => load * price),
      ROUGH_GRID,
    ),
  );
  return all.reduce((best, one) => (one.value > best.value ? one : best)).prices;
}

interface Bound {
  readonly prices: Float64Array;
  readonly value: number;
  readonly columns: Priced['columns'];
}

function lagrangian(problem: LayerProblem, prices: Float64Array, grid: number): Bound {
  const { best, columns } = priceColumns(problem, prices, grid, WITHIN);
  let value = 0;
  for (const price of prices) value += price;
  for (const worth of best) value -= worth;
  return { prices, value, columns };
}
