/** What the second tier has done: see `--stats`. */
export interface JitStatistics {
  /** Regions compiled, basic blocks and instructions in them, modules made, and how often several were merged into one. */
  regions: number;
  blocks: number;
  instructions: number;
  /** SIMD instructions in them that need no service, and others. */
  vectors: number;
  vectorCalls: number;
  modules: number;
  /** Modules compiled beside the run. */
  beside: number;
  merges: number;
  /** Bytes of all modules made; milliseconds it took to compile them, and those for which the run stood still. */
  bytes: number;
  compilerMilliseconds: number;
  milliseconds: number;
  /** Regions lost to writes; and how often all were dropped for want of room. */
  invalidated: number;
  startsOver: number;
  /** Instructions executed by regions. */
  executed: number;
  /**
   * Entries from the host and from the interpreter; and how these ended (in lots, see JitOptions.lot): an instruction for the interpreter, an entry condition that did
   * not hold, an EIP at which nothing is compiled, the budget or changed code, an event or fault of an interpreter function, an inline cache to be filled.
   */
  entries: number;
  leaves: number;
  declines: number;
  misses: number;
  resumes: number;
  outcomes: number;
  fills: number;
}

export function newStatistics(): JitStatistics {
  return {
    regions: 0,
    blocks: 0,
    instructions: 0,
    vectors: 0,
    vectorCalls: 0,
    modules: 0,
    beside: 0,
    merges: 0,
    bytes: 0,
    compilerMilliseconds: 0,
    milliseconds: 0,
    invalidated: 0,
    startsOver: 0,
    executed: 0,
    entries: 0,
    leaves: 0,
    declines: 0,
    misses: 0,
    resumes: 0,
    outcomes: 0,
    fills: 0,
  };
}
