import { parseLoosely } from '../files/parseJson.ts';
import { type DesiredRecord, DesiredRecordShape } from './state.gen.ts';

export type { DesiredRecord } from './state.gen.ts';

/** A host's answer is input. Null: there is no record, or one that can't be read. */
export function parseDesiredRecord(text: string | null | undefined): DesiredRecord | null {
  return parseLoosely(text, DesiredRecordShape);
}

/** One line of JSON. */
export function desiredRecordText(record: DesiredRecord): string {
  return JSON.stringify(record);
}
