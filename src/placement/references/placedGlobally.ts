/** Hierarchical policies go on as on one node where something doesn't divide over the nodes; that is said. */
export function notePlacedGlobally(
  what: 'groups' | 'ranks',
  count: number,
  nodes: number,
  note: ((text: string) => void) | undefined,
): void {
  if (count % nodes === 0) return;
  note?.(`${count} ${what} don't divide over ${nodes} nodes: placed as on one node, as the original does`);
}
