/**
 * The public API of real86, in three layers: the processor alone, the PC around it, and a program under the tiny kernel; with the loaders that
 * bring files in and the tools that look at what happened. Nothing here touches files, streams or the process.
 */
export { formatJunit } from './conform/junit.ts';
export {
  type ConformReport,
  type Difference,
  type Failure,
  makeReport,
  mergeReports,
  type OpcodeResult,
} from './conform/results.ts';
export { FileRunner, type RunFileOptions, type Shard } from './conform/run-file.ts';
export { type SuiteFile, suiteFiles } from './conform/suite.ts';
export type { CpuBus, Fault } from './cpu/bus.ts';
export { Cpu, type CpuOptions, type StopReason } from './cpu/cpu.ts';
export { useInterpreter, wasmEngine } from './cpu/engine.ts';
export type { ObservationPoint } from './cpu/observation-points.ts';
export { mapsText, pictureText } from './inspect/address-space.ts';
export type { AllocationEvent, AllocationSummary } from './inspect/allocations/events.ts';
export { allocationPage } from './inspect/allocations/page.ts';
export { type Disassembled, type DisassembleOptions, disassemble, disassembleAt } from './inspect/disassemble.ts';
export type { FaultExplanation } from './inspect/fault-explanation.ts';
export { type FaultEnding, formatFault, type Palette } from './inspect/fault-report.ts';
export { type Mapping, permissions, type Task } from './inspect/maps.ts';
export { type ExplainedWalk, explainWalk } from './inspect/page-walk.ts';
export { SystemCallTrace, type TraceEvent } from './inspect/system-calls/trace.ts';
export { explainTripleFault, formatTripleFault, type TripleFault } from './inspect/triple-fault.ts';
export { bootableImage, type DiskImage, diskImage } from './loaders/disk-image.ts';
export { checkProgram, type Elf32, parseElf32 } from './loaders/elf32.ts';
export { LoadError } from './loaders/load-error.ts';
export { parseMoo } from './loaders/moo.ts';
export { loadMultiboot, type MultibootImage } from './loaders/multiboot1.ts';
export { makeRealDisk } from './loaders/real-disk.ts';
export { makeRunDisk, type RunDiskOptions } from './loaders/run-disk.ts';
export { Symbols } from './loaders/symbols.ts';
export type { Vector, VectorFile } from './loaders/vector.ts';
export { parseVectorJson } from './loaders/vector-json.ts';
export { type BlockStore, MemoryStore } from './machine/block-store.ts';
export { Pc, type PcOptions, type PcStop, type SerialPort, type SerialSource } from './machine/pc.ts';
export { AllocationWatch } from './session/allocation-watch.ts';
export { bootEnding, type Ending, programEnding } from './session/ending.ts';
export type { ProcessListener } from './session/process-watch.ts';
export { ProgramSession, type ProgramSessionOptions } from './session/program-session.ts';
export type { Report } from './session/report.ts';
