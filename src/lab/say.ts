/** Progress of long work, one plain line each; the command decides where it goes. */
export type Say = (line: string) => void;
