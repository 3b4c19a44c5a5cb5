/** Aliases of aliases: 9 ** 12 values. */
const BOMB = ['a: &a [x,x,x,x,x,x,x,x,x]']
  .concat(
    Array.from({ length: 11 }, (_, i) => {
      const [name, inner] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)];
      return `${name}: &${name} [${Array(9).fill(`*${inner}`).join(',')}]`;
    }),
  )
  .join('\n');

/** What is hostile, its text, and the first of its faults. */
export const HOSTILE: readonly (readonly [name: string, text: string, first: RegExp])[] = [
  [
    'an alias bomb',
    BOMB,
    /^1:\d+ error alias_bomb The file unfolds to more than 50000 values\. \| Write the values out\.$/,
  ],
  ['an alias to itself', 'a: &a {b: *a}\n', /^1:11 error alias_bomb `\*a` stands inside of what it repeats\./],
  [
    '10 MiB',
    'a: b\n'.repeat(2_100_000),
    /^1:1 error file_too_large The file has 10254 KiB; a deployment has at most 128\./,
  ],
  ['lists in lists', '['.repeat(120_000), /^1:\d+ error yaml_syntax Maps or lists are nested too deeply\.$/],
  ['maps in maps', '{a: '.repeat(30_000), /^1:\d+ error yaml_syntax Maps or lists are nested too deeply\.$/],
  [
    'nothing but duplicate keys',
    'a: b\n'.repeat(25_000),
    /^1:1 error missing_key `deployment` is missing in the file\./,
  ],
  [
    'nothing but unknown keys',
    Array.from({ length: 12_000 }, (_, i) => `k${i}: v`).join('\n'),
    /^1:1 error unknown_key Unknown key `k0`\./,
  ],
  ['an endless text', `a: "${'x'.repeat(100_000)}`, /^1:\d+ error yaml_syntax Missing closing "quote\.$/],
  ['binary', '\u0000\u0001\u0002', /^1:1 error /],
  ['a key like __proto__', '__proto__: {polluted: 1}\n', /^1:1 error unknown_key Unknown key `__proto__`\./],
];
