import { duration } from '../../../files/durations.ts';
import type { RecoverAnswer } from '../recover.ts';
import { parText } from './patternBuild.ts';
import { exportLines } from './patternExport.ts';

/** What is lost, what serves at once, and what the survivors become. */
export function recoverText(answer: RecoverAnswer): string {
  const { lost, ranks, survivors, missing, layers, experts, storageLoads, transfers, crossHostTransfers } = answer;
  const inLayers = new Set(missing.map(({ layer }) => layer)).size;
  const lines: [string, string][] = [
    ['lost', `${lost.length === 1 ? 'rank' : 'ranks'} ${lost.join(' ')} of ${ranks}; ${survivors} go on`],
    [
      'at once',
      missing.length === 0
        ? 'tokens go to the remaining replicas: every expert stands on a survivor'
        : `tokens go to the remaining replicas; ${missing.length} of ${layers * experts} experts, in ${inLayers} layers, stand on no survivor`,
    ],
    [
      're-placed',
      `${storageLoads} experts from storage, ${transfers} sent, ${crossHostTransfers} of them between hosts`,
    ],
    [
      'PAR',
      `${parText(answer.parBefore)} before, ${parText(answer.parNow)} of what the survivors hold at once, ${parText(answer.parNext)} re-placed`,
    ],
    ['time', `maps ${duration(answer.mapsMs)}, re-placement with plan and proof ${duration(answer.replaceMs)}`],
    ['verified', 'every expert is placed, none twice on a rank, moves are within the budget, the plan leads there'],
  ];
  const text = lines.map(([name, words]) => `${name.padEnd(11)}${words}`);
  if (answer.exported === null) return [...text, 'written    nothing: name a folder with --out'].join('\n');
  return [...text, '', ...exportLines(answer.exported), 'every file was read back and says the same'].join('\n');
}
