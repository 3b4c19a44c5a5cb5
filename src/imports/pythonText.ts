/** Of PyYAML; without a dot, or with an exponent without a sign, it is a text there. */
const PYTHON_FLOAT = /^[-+]?(\d[\d_]*)?\.[\d_]*(e[-+]\d+)?$/i;
const DECIMAL = /^[-+]?[1-9][\d_]*$/;
const INTEGER = /^[-+]?(0|0[0-7_]+|0[xb][\da-f_]+|[1-9][\d_]*(:[0-5]?\d)+)$/i;
/** From these on Python writes an exponent. */
const SMALLEST = 1e-4;
const LARGEST = 1e16;

/**
 * A scalar that is not text as Python prints it: `True` for `on`, `1.0` for `1.0`, `1e6` for `1e6`.
 * @param source as the file has it
 */
export function pythonText(value: unknown, source: string): string {
  if (typeof value === 'boolean') {
    // one letter is text for PyYAML
    if (source.length === 1) return source;
    return value ? 'True' : 'False';
  }
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'number') return source;
  if (DECIMAL.test(source)) return String(BigInt(source.replaceAll(/[_+]/g, '')));
  if (INTEGER.test(source)) return String(value);
  return PYTHON_FLOAT.test(source) ? pythonFloat(value) : source;
}

function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < SMALLEST || size >= LARGEST))
    return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
