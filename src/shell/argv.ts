/** One command as its arguments, unquoted; `shell/quote.ts` quotes it once, at the edge. */
export type Argv = readonly string[];
