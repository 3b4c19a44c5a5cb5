// Generated from src/engines/*/faultCodes.ts by `npm run gen`: edit those instead.
export type EngineFaultCode =
  | 'dump_misread'
  | 'engine_variable'
  | 'engine_version'
  | 'pattern_content'
  | 'pattern_shape'
  | 'pattern_unreadable'
  | 'placement_conflict'
  | 'placement_setting'
  | 'several_decode_groups'
  | 'unknown_build_host'
  | 'wheel_twice';
