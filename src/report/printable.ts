/** A host's output must not move the cursor or ring the bell: control characters are shown, not sent. */
export function printable(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (char) =>
      char === '\t' ? ' ' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

export function oneLine(text: string): string {
  const flat = printable(text.replaceAll(/\s*\n\s*/g, ' '));
  return flat.length > 500 ? `${flat.slice(0, 497)}...` : flat;
}
