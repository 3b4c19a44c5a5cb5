import { describe, expect, it } from 'vitest';
import { guessEncoding } from '../../src/files/guessEncoding.ts';
import { NotUtf8Error, utf8Text } from '../../src/files/readText.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

// "推理集群" in three encodings of China and Taiwan
const GBK = bytes('cdc6 c0ed bcaf c8ba');
const BIG5 = bytes('b1c0 b27a b6b0 b873');
// "クラスタ" and "設定" as Japanese Windows writes them, "クラスタの設定" as Unix did
const SHIFT_JIS = bytes('834e 8389 8358 835e 90dd 92e8');
const EUC_JP = bytes('a5af a5e9 a5b9 a5bf a4ce c0df c4ea');
// "모델 경로와 호스트 목록"
const EUC_KR = bytes('b8f0 b5a8 20 b0e6 b7ce bfcd 20 c8a3 bdba c6ae 20 b8f1 b7cf');
// "хосты кластера"
const CYRILLIC = bytes('f5ee f1f2 fb20 eae1 e0f1 f2e5 f0e0');

describe('guessEncoding', () => {
  it('names the encodings of East Asia by the characters that running text has', () => {
    expect(guessEncoding(join(latin('log_path: /data/'), GBK, latin('\n')))).toEqual({ name: 'GBK', iconv: 'GBK' });
    expect(guessEncoding(join(latin('# '), BIG5))?.name).toBe('Big5');
    expect(guessEncoding(join(latin('# '), SHIFT_JIS))?.name).toBe('Shift-JIS');
    expect(guessEncoding(join(latin('# '), EUC_JP))?.name).toBe('EUC-JP');
    expect(guessEncoding(join(latin('# '), EUC_KR))?.name).toBe('EUC-KR');
  });

  it('names GB18030 where a character has four bytes', () => {
    // the rare character U+20BB7
    expect(guessEncoding(join(latin('user: '), GBK, bytes('9532 b739')))).toEqual({
      name: 'GB18030',
      iconv: 'GB18030',
    });
  });

  it('names the single-byte encodings of Europe', () => {
    expect(guessEncoding(latin('# h\xf4tes du d\xe9p\xf4t'))).toEqual({ name: 'Latin-1', iconv: 'ISO-8859-1' });
    expect(guessEncoding(latin('# 40 \x80 \x96 teuer f\xfcr uns'))).toEqual({ name: 'Windows-1252', iconv: 'CP1252' });
    expect(guessEncoding(CYRILLIC)?.name).toBe('Windows-1251');
  });

  it('names UTF-16 and UTF-32 with and without a byte order mark', () => {
    const text = 'services: {name: 推理}\n';
    const little = new Uint8Array(Buffer.from(text, 'utf16le'));
    const big = new Uint8Array(Buffer.from(text, 'utf16le').swap16());
    expect(guessEncoding(join(bytes('fffe'), little))).toEqual({ name: 'UTF-16 LE', iconv: 'UTF-16' });
    expect(guessEncoding(join(bytes('feff'), big))).toEqual({ name: 'UTF-16 BE', iconv: 'UTF-16' });
    expect(guessEncoding(little)).toEqual({ name: 'UTF-16 LE without a byte order mark', iconv: 'UTF-16LE' });
    expect(guessEncoding(big)).toEqual({ name: 'UTF-16 BE without a byte order mark', iconv: 'UTF-16BE' });
    expect(guessEncoding(bytes('fffe0000 61000000'))?.name).toBe('UTF-32 LE');
    expect(guessEncoding(bytes('61000000 62000000'))?.name).toBe('UTF-32 LE without a byte order mark');
    expect(guessEncoding(bytes('00000061 00000062'))?.name).toBe('UTF-32 BE without a byte order mark');
  });

  it('calls UTF-8 with a few wrong bytes damaged', () => {
    const cut = Buffer.from('# 推理集群的主机列表').subarray(0, -1);
    expect(guessEncoding(new Uint8Array(cut))?.name).toBe('UTF-8 with damaged bytes');
  });

  it('names nothing for bytes that are not text', () => {
    expect(guessEncoding(bytes('0001 0000 7f45 0000 4c46'))).toBeNull();
  });
});

describe('utf8Text', () => {
  it('reads UTF-8 without its byte order mark', () => {
    expect(utf8Text(new TextEncoder().encode('名: 1\n'), 'a.yml')).toBe('名: 1\n');
    expect(utf8Text(join(bytes('efbbbf'), latin('a: 1')), 'a.yml')).toBe('a: 1');
  });

  it('refuses other bytes with the place of the first wrong one, the encoding and the command that converts', () => {
    const text = join(latin('a: 1\nlog_path: /data/'), GBK, latin('\nb: 2\n'));
    const error = refusal(() => utf8Text(text, 'c.yml'));
    expect(error).toMatchObject({ code: 'not_utf8', line: 2, col: 17, exitCode: 2 });
    expect(error.message).toBe('c.yml:2:17: not UTF-8: it looks like GBK');
    expect(error.hint).toBe('Convert it: iconv -f GBK -t UTF-8 c.yml > NEW_FILE');
    expect(refusal(() => utf8Text(text, "my 'c.yml")).hint).toBe(
      "Convert it: iconv -f GBK -t UTF-8 'my '\\''c.yml' > NEW_FILE",
    );
  });

  it('counts columns in characters', () => {
    const text = join(new TextEncoder().encode('推理: '), bytes('ff'));
    expect(refusal(() => utf8Text(text, 'c.yml'))).toMatchObject({ line: 1, col: 5 });
  });

  it('refuses UTF-16 of Latin letters, which would be valid UTF-8 with zeros', () => {
    const error = refusal(() => utf8Text(new Uint8Array(Buffer.from('a: 1\n', 'utf16le')), 'c.yml'));
    expect(error.message).toBe('c.yml:1:2: not UTF-8: it looks like UTF-16 LE without a byte order mark');
  });

  it('has advice for what is not text, and for damaged UTF-8', () => {
    expect(refusal(() => utf8Text(bytes('61ff 0000 0001'), 'c.bin'))).toMatchObject({
      message: 'c.bin:1:2: not UTF-8, and looks like no text that is known here',
      hint: 'See what it is: file c.bin',
    });
    const damaged = join(new TextEncoder().encode('# 推理集群'), bytes('ff'));
    expect(refusal(() => utf8Text(damaged, 'c.yml')).hint).toBe(
      'Restore it from a copy, or write the damaged place again.',
    );
  });
});

function refusal(read: () => unknown): NotUtf8Error {
  try {
    read();
  } catch (error) {
    if (error instanceof NotUtf8Error) return error;
    throw error;
  }
  throw new Error('it was read');
}
