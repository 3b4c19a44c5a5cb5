/** A host's output must not move the cursor or ring the bell: control characters are shown, not sent. */
export function printable(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (char) =>
      char === '\t' ? ' ' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

/** @param most characters; what is longer is cut */
export function oneLine(text: string, most = 500): string {
  const flat = printable(text.replaceAll(/\s*\n\s*/g, ' '));
  return flat.length > most ? `${flat.slice(0, most - 3)}...` : flat;
}
