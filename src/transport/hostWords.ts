/** Characters quoted of one line. */
const MAX_LINE = 120;
/** Characters quoted of a banner: it may be a legal notice of a page. */
const MAX_BANNER = 300;

/** The first line with text of what a host printed, for a message; empty: there is none. */
export function firstLineOf(printed: string): string {
  const lines = printable(printed).split('\n');
  return cut(lines.map((line) => line.trim()).find((line) => line !== '') ?? '', MAX_LINE);
}

/** What a host printed, as one line. */
export function asOneLine(printed: string): string {
  return cut(printable(printed).replaceAll(/\s+/g, ' ').trim(), MAX_BANNER);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

/** Without control characters and bytes that are not text. */
function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufffd]+/g, ' ');
}
