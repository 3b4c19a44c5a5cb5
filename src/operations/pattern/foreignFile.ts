import { basename } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { guessEncoding } from '../../files/guessEncoding.ts';
import { utf8Text } from '../../files/readText.ts';
import { quoteWord } from '../../shell/quote.ts';
import { zipEntries } from './zipEntries.ts';

/** What is read from a file. */
export type Wanted = 'load' | 'placement';

/** What a file is, and what to do with it. */
interface Foreign {
  readonly what: string;
  readonly hint: string;
}

/** A CSV of loads as it is read here. */
const OUR_CSV = 'A CSV is read with the header ,ep_0,ep_1.. and lines layer_0, layer_1 and so on';
/** Of a CSV's first line in a message. */
const SHOWN_CHARACTERS = 40;
/** Counts of one device. */
const MSIT_COUNTS = /^(decode|prefill)_\d+\.csv$/;
const PYTHON = 'Convert it: python3 -c';

/** Refuses a file of another tool by its name, with what makes it one that is read here; returns where it is not known. */
export function refuseForeign(bytes: Uint8Array, file: string, wanted: Wanted): void {
  const foreign =
    notTheFile(bytes) ??
    binary(bytes, file, wanted) ??
    (isBinary(bytes) ? null : table(utf8Text(bytes, file), file, wanted));
  if (foreign !== null) throw new UserError('foreign_file', `${file}: ${foreign.what}`, { hint: foreign.hint });
}

/** What is there in place of a file that was not downloaded. */
function notTheFile(bytes: Uint8Array): Foreign | null {
  if (bytes.length === 0) return { what: 'the file is empty', hint: 'Copy or record it again.' };
  const begin = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (begin.startsWith('version https://git-lfs.'))
    return { what: 'a pointer of git-lfs, not the file itself', hint: 'Get the file in its repository: git lfs pull' };
  if (/^<(?:!doctype html|html)/i.test(begin))
    return {
      what: 'a page in HTML, not the file itself',
      hint: 'Download the file again, by the address of its raw content.',
    };
  return null;
}

/** Text in another encoding is not: it is refused as such. */
function isBinary(bytes: Uint8Array): boolean {
  return bytes.includes(0) && guessEncoding(bytes) === null;
}

function binary(bytes: Uint8Array, file: string, wanted: Wanted): Foreign | null {
  const name = quoteWord(file);
  const begin = Buffer.alloc(16);
  begin.set(bytes.subarray(0, 16));
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isZip = begin.subarray(0, 4).equals(Buffer.from('PK\x03\x04'));
  const entries = isZip ? zipEntries(content) : null;
  if (entries?.some((entry) => /(?:^|\/)data\.pkl$/.test(entry)))
    return torch('a PyTorch file (torch.save)', content, file, wanted);
  if (begin[0] === 0x80 && begin[1]! >= 2 && begin[1]! <= 5)
    return torch('a pickle (older torch.save)', content, file, wanted);
  if (entries?.some((entry) => entry.endsWith('.npy'))) {
    const what = 'an archive of NumPy arrays (.npz)';
    const list = 'import numpy, sys; a = numpy.load(sys.argv[1]); print(a.files)';
    return {
      what,
      hint: `See its arrays: python3 -c "${list}" ${name}, and write one with numpy.save('array.npy', a[NAME]).`,
    };
  }
  if (isZip && entries === null)
    return { what: 'a zip archive without its end, which is cut off', hint: 'Copy or record it again.' };
  if (isZip) return { what: 'a zip archive', hint: `Unpack it: unzip ${name}` };
  if (begin[0] === 0x1f && begin[1] === 0x8b) return { what: 'compressed by gzip', hint: `Unpack it: gunzip ${name}` };
  if (begin.readUInt32BE(0) === 0x28b52ffd) return { what: 'compressed by zstd', hint: `Unpack it: unzstd ${name}` };
  if (content.subarray(257, 262).toString() === 'ustar')
    return { what: 'a tar archive', hint: `Unpack it: tar -xf ${name}` };
  if (begin.subarray(8, 10).toString() === '{"') {
    const what = 'a safetensors file';
    const load =
      'import numpy, sys; from safetensors.numpy import load_file; d = load_file(sys.argv[1]); print(list(d))';
    return {
      what,
      hint: `See its tensors: python3 -c "${load}" ${name}, and write one with numpy.save('array.npy', d[NAME]).`,
    };
  }
  return null;
}

/** The strings of a pickle are readable in it: they are the keys. */
function torch(form: string, content: Buffer, file: string, wanted: Wanted): Foreign {
  const name = quoteWord(file);
  const read = "torch.load(sys.argv[1], map_location='cpu', weights_only=True)";
  const mapKey = ['last_physical_to_logical_map', 'physical_to_logical_map'].find((key) => content.includes(key));
  const hasCounts = content.includes('logical_count');
  if (wanted === 'placement' && mapKey !== undefined) {
    const json = `json.dump({'physical_to_logical_map': ${read}['${mapKey}'].tolist()}, open('map.json', 'w'))`;
    return {
      what: `${form} with ${mapKey}, as SGLang writes`,
      hint: `${PYTHON} "import json, sys, torch; ${json}" ${name}`,
    };
  }
  if (hasCounts) {
    const save = `numpy.save('load.npy', ${read}['logical_count'].double().numpy())`;
    const then = wanted === 'placement' ? '. It holds loads: give the .npy with --load.' : '';
    return {
      what: `${form} with logical_count, as SGLang's recorder writes`,
      hint: `${PYTHON} "import numpy, sys, torch; ${save}" ${name}${then}`,
    };
  }
  const what = mapKey === undefined ? form : `${form} with ${mapKey} and no logical_count, as SGLang writes`;
  const save = "numpy.save('array.npy', d[KEY].double().numpy())";
  return {
    what,
    hint: `See what it holds: python3 -c "import sys, torch; d = ${read}; print(d)" ${name}, then ${save}.`,
  };
}

function table(text: string, file: string, wanted: Wanted): Foreign | null {
  const [header = '', second = ''] = text.split(/\r?\n/);
  const isColumn = MSIT_COUNTS.test(basename(file)) && /^\s*\d+\s*$/.test(header);
  const separator = isColumn ? ',' : [',', ';', '\t'].find((each) => header.includes(each) && second.includes(each));
  if (separator === undefined) return null;
  const foreign = csv(header, separator, file);
  return wanted === 'load' ? foreign : { ...foreign, hint: `A CSV holds loads: give it with --load. ${foreign.hint}` };
}

function csv(header: string, separator: string, file: string): Foreign {
  const cells = header.split(separator).map((cell) => cell.trim());
  const delimiter = separator === '\t' ? '\\t' : separator;
  const save = (skipped: string) =>
    `${PYTHON} "import numpy, sys; numpy.save('load.npy', numpy.loadtxt(sys.argv[1], delimiter='${delimiter}'${skipped}, ndmin=2))" ${quoteWord(file)}`;
  if (cells.every((cell, i) => cell === `expert_${i}`))
    return {
      what: 'a CSV of msit, with a column expert_N for each expert',
      hint: `${OUR_CSV}. ${save(', skiprows=1')}`,
    };
  if (!cells.every((cell) => cell !== '' && Number.isFinite(Number(cell)))) {
    const shown = header.length > SHOWN_CHARACTERS ? `${header.slice(0, SHOWN_CHARACTERS)}..` : header;
    return { what: `a CSV with another header: ${shown}`, hint: `${OUR_CSV}.` };
  }
  const [, phase] = MSIT_COUNTS.exec(basename(file)) ?? [];
  if (phase === undefined)
    return {
      what: 'a CSV of numbers without a header',
      hint: `${OUR_CSV}. ${save('')}, if it has a row for each layer`,
    };
  const join = `numpy.hstack([numpy.loadtxt(f'${phase}_{i}.csv', delimiter=',', ndmin=2) for i in range(DEVICES)])`;
  return {
    what: `a CSV of msit without a header: the counts of one device (${phase}_N.csv is that of device N)`,
    hint: `${OUR_CSV}. Join the files of all devices: python3 -c "import numpy; numpy.save('load.npy', ${join})"`,
  };
}
