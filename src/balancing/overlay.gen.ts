// @ts-nocheck
// Generated from schemas/overlay.schema.json by `npm run gen`: edit that instead.
import type { Shape } from '../files/parseJson.ts';

export interface Overlay {
  readonly [k: string]: string | boolean;
}
const validateOverlay = validate22;const schema7 = {"type":"object","additionalProperties":{"type":["string","boolean"],"x-expects":"text, true or false"},"x-expects":"a map"};function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){let vErrors = null;let errors = 0;if(data && typeof data == "object" && !Array.isArray(data)){for(const key0 in data){let data0 = data[key0];if((typeof data0 !== "string") && (typeof data0 !== "boolean")){const err0 = {instancePath:instancePath+"/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/additionalProperties/type",keyword:"type",params:{type: schema7.additionalProperties.type},schema:schema7.additionalProperties.type,parentSchema:schema7.additionalProperties,data:data0};if(vErrors === null){vErrors = [err0];}else {vErrors.push(err0);}errors++;}}}else {const err1 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},schema:schema7.type,parentSchema:schema7,data};if(vErrors === null){vErrors = [err1];}else {vErrors.push(err1);}errors++;}validate22.errors = vErrors;return errors === 0;}
export const OverlayShape: Shape<Overlay> = { validate: validateOverlay };
