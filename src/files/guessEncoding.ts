/** An encoding that the bytes of a text look like. */
export interface Encoding {
  /** As people call it. */
  readonly name: string;
  /** As iconv calls it. */
  readonly iconv: string;
}

/** Korean and Chinese text share most codes; so many pairs, all of them Hangul, are hardly Chinese. */
const HANGUL_PAIRS = 8;
/** Zeros at one place of each pair against those at the other: a few characters end in a zero byte. */
const MOSTLY = 5;

const MULTI_BYTE: readonly MultiByte[] = [
  // hiragana, katakana, the frequent half of kanji
  { name: 'Shift-JIS', label: 'shift_jis', iconv: 'SHIFT_JIS', usual: (a) => a >= 0x81 && a <= 0x97 },
  // the frequent half of hanzi, and full-width punctuation
  { name: 'GBK', label: 'gbk', iconv: 'GBK', usual: (a, b) => a >= 0xa1 && a <= 0xd7 && b >= 0xa1 },
  { name: 'Big5', label: 'big5', iconv: 'BIG5', usual: (a) => a >= 0xa1 && a <= 0xc6 },
];

interface MultiByte extends Encoding {
  /** As TextDecoder calls it. */
  readonly label: string;
  /** A character of these two bytes is one that running text consists of. */
  readonly usual: (first: number, second: number) => boolean;
}

/** What a text that is not UTF-8 seems to be written in; null: nothing known. */
export function guessEncoding(bytes: Uint8Array): Encoding | null {
  return wide(bytes) ?? (bytes.includes(0) ? null : (damagedUtf8(bytes) ?? ofHighBytes(bytes)));
}

/** By its byte order mark, else by where its zeros are. */
function wide(bytes: Uint8Array): Encoding | null {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return { name: 'UTF-32 LE', iconv: 'UTF-32' };
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return { name: 'UTF-32 BE', iconv: 'UTF-32' };
  if (a === 0xff && b === 0xfe) return { name: 'UTF-16 LE', iconv: 'UTF-16' };
  if (a === 0xfe && b === 0xff) return { name: 'UTF-16 BE', iconv: 'UTF-16' };
  const zeros = [0, 0, 0, 0];
  for (const [at, byte] of bytes.entries()) if (byte === 0) zeros[at % 4]! += 1;
  const [first, second, third, fourth] = zeros as [number, number, number, number];
  const quarter = Math.floor(bytes.length / 4);
  // no code point has a highest byte; Latin text has no two lower ones either
  if (quarter > 0 && fourth === quarter && third === quarter && first === 0)
    return { name: 'UTF-32 LE without a byte order mark', iconv: 'UTF-32LE' };
  if (quarter > 0 && first >= quarter && second >= quarter && fourth === 0)
    return { name: 'UTF-32 BE without a byte order mark', iconv: 'UTF-32BE' };
  const [even, odd] = [first + third, second + fourth];
  if (odd > MOSTLY * even) return { name: 'UTF-16 LE without a byte order mark', iconv: 'UTF-16LE' };
  if (even > MOSTLY * odd) return { name: 'UTF-16 BE without a byte order mark', iconv: 'UTF-16BE' };
  return null;
}

/** Most of its characters are UTF-8, some bytes are not: it was cut, or two files were joined. */
function damagedUtf8(bytes: Uint8Array): Encoding | null {
  const text = new TextDecoder().decode(bytes);
  const wrong = text.match(/\uFFFD/g)?.length ?? 0;
  const good = text.match(/[^\x00-\x7F\uFFFD]/gu)?.length ?? 0;
  return good > 2 * wrong ? { name: 'UTF-8 with damaged bytes', iconv: 'UTF-8' } : null;
}

function ofHighBytes(bytes: Uint8Array): Encoding | null {
  if (isDecoded('gb18030', bytes) && hasFourBytes(bytes)) return { name: 'GB18030', iconv: 'GB18030' };
  const runs = highRuns(bytes);
  const high = runs.reduce((sum, length) => sum + length, 0);
  // accents are single letters of words; characters of two bytes come in pairs
  const single = runs.filter((length) => length === 1).length;
  if (single > high / 2 && isDecoded('windows-1252', bytes) && !hasKatakana(bytes)) return western(bytes);
  const known = MULTI_BYTE.filter(({ label }) => isDecoded(label, bytes)).map((encoding) => ({
    encoding,
    share: usualShare(bytes, encoding.usual),
  }));
  const [best] = known.sort((one, other) => other.share - one.share);
  if (best !== undefined && best.share > 0.5) {
    const { encoding } = best;
    return encoding.name === 'GBK' ? ofChinaOrNeighbours(bytes) : { name: encoding.name, iconv: encoding.iconv };
  }
  if (isCyrillic(bytes, high)) return { name: 'Windows-1251', iconv: 'CP1251' };
  if (best !== undefined && best.encoding.name === 'GBK') return { name: 'GBK', iconv: 'GBK' };
  return western(bytes);
}

/** The same two-byte rows hold Hangul in Korea; rows 4 and 5 are kana, which only Japanese text uses. */
function ofChinaOrNeighbours(bytes: Uint8Array): Encoding {
  const pairs = pairsOf(bytes);
  const isKana = ([first]: Pair) => first === 0xa4 || first === 0xa5;
  if (pairs.filter(isKana).length > pairs.length / 5) return { name: 'EUC-JP', iconv: 'EUC-JP' };
  const isHangul = ([first]: Pair) => first >= 0xb0 && first <= 0xc8;
  if (pairs.length >= HANGUL_PAIRS && pairs.every(isHangul)) return { name: 'EUC-KR', iconv: 'EUC-KR' };
  return { name: 'GBK', iconv: 'GBK' };
}

function western(bytes: Uint8Array): Encoding {
  const isWindows = bytes.some((byte) => byte >= 0x80 && byte <= 0x9f);
  return isWindows ? { name: 'Windows-1252', iconv: 'CP1252' } : { name: 'Latin-1', iconv: 'ISO-8859-1' };
}

function isDecoded(label: string, bytes: Uint8Array): boolean {
  try {
    new TextDecoder(label, { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Lengths of the runs of bytes that are not ASCII. */
function highRuns(bytes: Uint8Array): readonly number[] {
  const runs: number[] = [];
  let length = 0;
  for (const byte of [...bytes, 0]) {
    if (byte >= 0x80) length += 1;
    else if (length > 0) {
      runs.push(length);
      length = 0;
    }
  }
  return runs;
}

type Pair = readonly [number, number];

/** Each byte that is not ASCII with the byte after it. */
function pairsOf(bytes: Uint8Array): readonly Pair[] {
  const pairs: Pair[] = [];
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! >= 0x80) pairs.push([bytes[at]!, bytes[++at] ?? 0]);
  return pairs;
}

function usualShare(bytes: Uint8Array, usual: (first: number, second: number) => boolean): number {
  const pairs = pairsOf(bytes);
  return pairs.filter(([first, second]) => usual(first, second)).length / Math.max(1, pairs.length);
}

/** Shift-JIS writes katakana as 0x83 and often an ASCII byte. */
function hasKatakana(bytes: Uint8Array): boolean {
  const pairs = pairsOf(bytes);
  return pairs.filter(([first]) => first === 0x82 || first === 0x83).length > pairs.length / 3;
}

/** Only GB18030 has these: a high byte, a digit, a high byte, a digit. */
function hasFourBytes(bytes: Uint8Array): boolean {
  const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at]! < 0x81) continue;
    if (isDigit(bytes[at + 1]) && (bytes[at + 2] ?? 0) >= 0x81 && isDigit(bytes[at + 3])) return true;
    at += 1;
  }
  return false;
}

/** Words of lower-case letters, which are in the last quarter. */
function isCyrillic(bytes: Uint8Array, high: number): boolean {
  return bytes.filter((byte) => byte >= 0xe0).length > high * 0.7;
}
