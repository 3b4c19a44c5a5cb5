import { type ParseContext, type Parsed, parseDeployment } from '../deployment/parse.ts';
import { engineOf } from './index.ts';

/** Text of a deployment file -> deployment, or all that is wrong with it, with the keys of its engine. */
export function readDeployment(text: string, context: Omit<ParseContext, 'engine'>): Parsed {
  return parseDeployment(text, { ...context, engine: (name) => engineOf(name).settings });
}
