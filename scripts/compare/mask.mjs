const ALWAYS = [
  // the id of a run, and a point in time
  [/\b\d{8}-\d{6}-[0-9a-f]{4}\b/g, '<run>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?/g, '<time>'],
  // frames of a stack
  [/(\n +at .*)+/g, '\n    <stack>'],
];
const MEASURED = [
  [/("(?:\w*[a-z]Ms|ms|pid|bytesPerS)": ?)-?\d+(\.\d+)?/g, '$1<number>'],
  // with the spaces that align it
  [/ *\b\d+(\.\d+)? ?(ms|s|min|h)\b/g, ' <duration>'],
  [/ +time$/gm, ' time'],
  [/^\[ *\d+\.\d+\]/gm, '[<seconds>]'],
];
/** Of what names absolute paths. */
const DIGESTS = [[/("digest": ?)"[0-9a-f]{64}"/g, '$1"<digest>"']];

/**
 * The text of a document without what varies from run to run.
 * `folders`: its paths on this machine, longest first; `measured`: it contains measured times; `digests`: its digests cover paths.
 * @param {string} text
 * @param {{folders?: readonly string[], measured?: boolean, digests?: boolean}} document
 */
export function masked(text, { folders = [], measured = false, digests = false }) {
  const moved = folders.reduce((rest, folder) => rest.replaceAll(folder, '<folder>'), text);
  const patterns = [...ALWAYS, ...(measured ? MEASURED : []), ...(digests ? DIGESTS : [])];
  return patterns.reduce((rest, [pattern, by]) => rest.replace(pattern, by), moved);
}
