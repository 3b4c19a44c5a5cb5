// @ts-nocheck
// Generated from schemas/additional-config.schema.json by `npm run gen`: edit that instead.
import type { Shape } from '../files/parseJson.ts';

export type AdditionalConfig = import('../deployment/deployment.ts').JsonObject & {
  readonly omni_placement_config?: import('../deployment/deployment.ts').JsonObject;
};
const validateAdditionalConfig = validate22;const schema7 = {"type":"object","properties":{"omni_placement_config":{"type":"object","x-expects":"a map"}},"x-expects":"a map"};function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){let vErrors = null;let errors = 0;if(data && typeof data == "object" && !Array.isArray(data)){if(data.omni_placement_config !== undefined){let data0 = data.omni_placement_config;if(!(data0 && typeof data0 == "object" && !Array.isArray(data0))){const err0 = {instancePath:instancePath+"/omni_placement_config",schemaPath:"#/properties/omni_placement_config/type",keyword:"type",params:{type: "object"},schema:schema7.properties.omni_placement_config.type,parentSchema:schema7.properties.omni_placement_config,data:data0};if(vErrors === null){vErrors = [err0];}else {vErrors.push(err0);}errors++;}}}else {const err1 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},schema:schema7.type,parentSchema:schema7,data};if(vErrors === null){vErrors = [err1];}else {vErrors.push(err1);}errors++;}validate22.errors = vErrors;return errors === 0;}
export const AdditionalConfigShape: Shape<AdditionalConfig> = { validate: validateAdditionalConfig };
