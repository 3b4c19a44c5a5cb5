// what a lab can imitate
export { DEFAULT_DIALECT, LAB_DIALECTS } from './engines/omni/dialects/dialect.ts';
