import type { Evidence, Found } from './evidence.ts';

/**
 * In what two nodes differ beyond what was meant for each: what of its process's environment its start script does not set. Two
 * can't outvote each other, so that nobody is named. Empty: nothing differs, or these are not two.
 */
export function differencesOfTwo(evidence: readonly Evidence[]): readonly string[] {
  const asked = evidence.flatMap(({ node, host, found }) => (found === null ? [] : [{ node, host, found }]));
  const [one, two] = asked;
  if (one === undefined || two === undefined || asked.length > 2) return [];
  // who has no process has no environment, which is no difference
  if ([one, two].some(({ found }) => Object.keys(found.environment).length === 0)) return [];
  const [ofOne, ofTwo] = [one, two].map(strangeVariables) as [
    ReturnType<typeof strangeVariables>,
    ReturnType<typeof strangeVariables>,
  ];
  const names = [...new Set([...ofOne.keys(), ...ofTwo.keys()])].sort();
  return names
    .filter((name) => ofOne.get(name)?.general !== ofTwo.get(name)?.general)
    .map(
      (name) =>
        `${name}: ${shown(ofOne.get(name)?.value)} on ${one.node}, ${shown(ofTwo.get(name)?.value)} on ${two.node}`,
    );
}

/** Variables of a node's process that come from elsewhere than its start script: as they are, and as they would be on any host. */
function strangeVariables({ node, host, found }: { node: string; host: string; found: Found }) {
  const script = Object.entries(found.files)
    .flatMap(([path, text]) => (path.endsWith('.sh') ? [text] : []))
    .join('\n');
  const isSet = (name: string) => new RegExp(`^(export )?${name}=`, 'm').test(script);
  const strange = Object.entries(found.environment).filter(([name]) => !OWN.test(name) && !isSet(name));
  return new Map(
    strange.map(([name, value]) => [
      name,
      { value, general: value.replaceAll(host, '<address>').replaceAll(node, '<node>') },
    ]),
  );
}

/** What every process has for itself. */
const OWN = /^(HOSTNAME|PWD|OLDPWD|SHLVL|_|OMNIPLACE_\w+)$/;

function shown(value: string | undefined): string {
  if (value === undefined) return 'not set';
  return value.length > 80 ? `${value.slice(0, 77)}...` : value;
}
