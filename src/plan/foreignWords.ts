import { ownerOf } from './containerChange.ts';
import type { ForeignContainer } from './foreign.ts';

/** What a foreign container in the way is and holds. */
export function foreignText({ container, nameOf, dies, ports }: ForeignContainer): string {
  const held = [
    heldText(
      'die',
      dies.map(({ die, node }) => [die, node]),
    ),
    heldText(
      'port',
      ports.map(({ port, node }) => [port, node]),
    ),
  ].filter((text) => text !== '');
  const holds = held.length === 0 ? '' : `holds ${held.join(' and ')}`;
  return [
    `container ${container.name} ${nameOf === null ? holds : `${ownerOf(container)}, and has the name of ${nameOf}'s`}`,
    ...(nameOf === null || holds === '' ? [] : [holds]),
  ].join('; it ');
}

export function foreignHint({ container, nameOf }: ForeignContainer): string {
  const take = `serve with --take-over ${container.name} stops it${nameOf === null ? '' : ' and gives it another name'}`;
  return nameOf === null
    ? take
    : `${take}, or set services.container.name_prefix; omniplace never removes what is not its own`;
}

/** `dies 2,3 that d0 needs` */
function heldText(what: string, held: readonly (readonly [number: number, node: string])[]): string {
  if (held.length === 0) return '';
  const nodes = new Set(held.map(([, node]) => node));
  const numbers = held.map(([number]) => number).join(',');
  return `${what}${held.length === 1 ? '' : 's'} ${numbers} that ${[...nodes].join(', ')} needs`;
}
