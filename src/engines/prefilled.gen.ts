// @ts-nocheck
// Generated from schemas/prefilled.schema.json by `npm run gen`: edit that instead.
import type { Shape } from '../files/parseJson.ts';

/**
 * What a prefill server answers besides its token.
 */
export interface Prefilled {
  /**
   * Where the KV cache is, in words that a decode server understands.
   */
  readonly kv_transfer_params: {readonly [k: string]: unknown};
}
const validatePrefilled = validate22;const schema7 = {"type":"object","required":["kv_transfer_params"],"properties":{"kv_transfer_params":{"type":"object","x-expects":"a map"}},"x-expects":"a map"};function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){let vErrors = null;let errors = 0;if(data && typeof data == "object" && !Array.isArray(data)){if(data.kv_transfer_params === undefined){const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kv_transfer_params"},schema:schema7.required,parentSchema:schema7,data};if(vErrors === null){vErrors = [err0];}else {vErrors.push(err0);}errors++;}if(data.kv_transfer_params !== undefined){let data0 = data.kv_transfer_params;if(!(data0 && typeof data0 == "object" && !Array.isArray(data0))){const err1 = {instancePath:instancePath+"/kv_transfer_params",schemaPath:"#/properties/kv_transfer_params/type",keyword:"type",params:{type: "object"},schema:schema7.properties.kv_transfer_params.type,parentSchema:schema7.properties.kv_transfer_params,data:data0};if(vErrors === null){vErrors = [err1];}else {vErrors.push(err1);}errors++;}}}else {const err2 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},schema:schema7.type,parentSchema:schema7,data};if(vErrors === null){vErrors = [err2];}else {vErrors.push(err2);}errors++;}validate22.errors = vErrors;return errors === 0;}
export const PrefilledShape: Shape<Prefilled> = { validate: validatePrefilled };
