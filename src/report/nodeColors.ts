/** Whether a stream shows colours: a terminal that has them, and a user who did not turn them off. */
export function showsColors(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/** What puts a label in the colour of its node: neighbours differ, and a node has the same colour in all its labels. */
export function nodeColors(nodes: readonly string[], isOn: boolean): (node: string, label: string) => string {
  const colors = new Map([...new Set(nodes)].map((node, i) => [node, COLORS[i % COLORS.length]!]));
  return (node, label) => (isOn ? `\u001b[${colors.get(node) ?? 0}m${label}\u001b[0m` : label);
}

/** Cyan, yellow, green, magenta, blue and their light forms; red is left for errors. */
const COLORS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
