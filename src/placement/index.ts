export { affineCopies } from './affineRouting.ts';
export { assignRows } from './assignment.ts';
export { joinEpisodes, loadFromArray, mergeEpisodes, pickLayersOfLoad } from './episodes.ts';
export { type Evaluation, type EvaluationOptions, evaluatePlacement, loadOfRanks, rankLoads } from './evaluate.ts';
export {
  type ActivationLogOptions,
  type ActivationLogReader,
  createActivationLogReader,
} from './formats/activationLog.ts';
export { CODECS, type PlacementCodec, type PlacementFormat } from './formats/codecs.ts';
export { parseLoadCsv, toolUnits, writeLoadCsv } from './formats/csv.ts';
export {
  DUMP_WINDOWS,
  type DumpFault,
  type DumpPlan,
  type DumpWindow,
  parseDumpWindow,
  planDump,
  type WindowCodec,
} from './formats/dump.ts';
export { createDumpReader, type DumpOptions, type DumpReader, expertTokens } from './formats/dumpReader.ts';
export { parseExpertMap, writeExpertMap } from './formats/expertMap.ts';
export {
  type NpyArray,
  type NpyHeader,
  parseNpy,
  parseNpyHeader,
  writeNpyInt32,
  writeNpyInt64,
} from './formats/npy.ts';
export { parsePattern, placementFromPattern, writePattern } from './formats/pattern.ts';
export {
  baseFileName,
  countsFileName,
  type PatternKind,
  type PatternName,
  patternFileName,
} from './formats/patternNames.ts';
export { parseSglangMap, type SglangLocation, writeSglangMap } from './formats/sglangMap.ts';
export {
  executeTransferPlan,
  parseTransferPlan,
  type TransferPlan,
  writeTransferPlan,
} from './formats/transferPlan.ts';
export { type WindowFault, WindowScanner } from './formats/windowScanner.ts';
export { type Localised, type LocaliseOptions, localise } from './locality/localise.ts';
export { evenSources, measureTraffic, type Traffic, type TrafficLayer } from './locality/traffic.ts';
export { type LayerMap, type LogicalMaps, logicalMaps } from './maps.ts';
export { measurePlacement } from './measure.ts';
export { executeMigration } from './migration/executeMigration.ts';
export {
  type LayerMigration,
  type LocalCopy,
  type Migration,
  type MigrationOptions,
  planLayer,
  planMigration,
  type Transfer,
} from './migration/migration.ts';
export { Random } from './random.ts';
export {
  type RecoverProblem,
  type Recovery,
  recover,
  survivorsNow,
  withoutRanks,
} from './recover/recovery.ts';
export { type LayerExpert, leastLostOf, lostWith, type Survival, survivalOf } from './recover/survive.ts';
export { type ReferenceName, references } from './references/index.ts';
export { keepSlots } from './references/keepSlots.ts';
export type { ReferenceProblem, ReferenceSolver } from './references/layerProblem.ts';
export { isToolSolver, TOOL_SOLVERS } from './references/names.ts';
export { omniDynamic, startingSlots } from './references/omniDynamic.ts';
export { vllmInitialSlots } from './references/vllm.ts';
export { type Repair, repairDuplicates } from './repair.ts';
export {
  basePlacement,
  countReplicas,
  emptyPlacement,
  layerSlots,
  mostReplicas,
  placementFromTables,
} from './slots.ts';
export { type Selection, selectExperts } from './solver/selection.ts';
export { place, solve } from './solver/solve.ts';
export type { StorageLoad } from './storageLoad.ts';
export type {
  Load,
  MoveBudget,
  Objective,
  Placement,
  PlacementErrorCode,
  PlacementProblem,
  Report,
  Split,
} from './types.ts';
export { PlacementError } from './types.ts';
export { countArrivals, countDuplicates, type Limits, type Violation, verifyPlacement } from './verify.ts';
