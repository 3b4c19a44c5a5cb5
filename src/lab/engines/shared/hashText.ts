/** 32-bit FNV-1a over the text's UTF-16 units, carried on from `state`. */
export function hashText(state: number, text: string): number {
  let h = state;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  return h >>> 0;
}
