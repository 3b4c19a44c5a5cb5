import type { WaitCondition } from '../../plan/step.ts';
import { quoteWord } from '../../shell/quote.ts';

/** One probe of a starting server: whether it lives, progresses or is dead, in one round trip. */
export interface Watched {
  /** Processes that carry the generation's marker. */
  readonly processes: number;
  /** CPU time of all of them, in clock ticks. */
  readonly cpuTicks: number;
  readonly exitCode: number | null;
  readonly joined: boolean;
  readonly logBytes: number;
  readonly listening: ReadonlySet<number>;
  readonly lastLine: string;
}

export function watchScript(until: WaitCondition): string {
  const marker = `OMNIPLACE_GENERATION=${until.process.generation}`;
  return `
pids=$(grep -lzxFs -e ${quoteWord(marker)} /proc/[0-9]*/environ | sed 's|/proc/||; s|/environ||')
set -- $pids; echo "processes $#"
cpu=0
for p do
  read -r stat < "/proc/$p/stat" || continue
  set -f; set -- \${stat##*) }; set +f
  cpu=$((cpu + \${12:-0} + \${13:-0}))
done 2>/dev/null
echo "cpu $cpu"
[ -f ${quoteWord(`${until.runFolder}/exit`)} ] && echo "exit $(cat ${quoteWord(`${until.runFolder}/exit`)})"
${until.joined === null ? '' : `[ ! -f ${quoteWord(until.joined)} ] || echo 'joined 1'`}
set -- ${until.logs.map((log) => quoteWord(log)).join(' ')}
echo "bytes $(cat -- "$@" 2>/dev/null | wc -c)"
awk '$4 == "0A" { split($2, a, ":"); print "listen " a[length(a)] }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
newest=$(ls -t -- "$@" 2>/dev/null | head -n 1)
[ -n "$newest" ] && printf 'last %s\\n' "$(tail -c 4096 -- "$newest" | tr '\\r' '\\n' | grep '[^ ]' | tail -n 1 | cut -c 1-160)"
exit 0
`;
}

export function parseWatch(stdout: string): Watched {
  const lines = stdout.split('\n');
  const all = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const number = (word: string) => Number(all(word)[0] ?? 0);
  const exit = all('exit')[0];
  return {
    processes: number('processes'),
    cpuTicks: number('cpu'),
    exitCode: exit === undefined || exit === '' ? null : Number(exit),
    joined: all('joined').length > 0,
    logBytes: number('bytes'),
    listening: new Set(all('listen').map((hex) => Number.parseInt(hex, 16))),
    lastLine: (all('last')[0] ?? '').trim(),
  };
}
