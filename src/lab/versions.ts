// what a lab can imitate
export { DEFAULT_DIALECT, IMITATED } from './engines/omni/dialects/dialect.ts';
