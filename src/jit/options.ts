/** When code is worth compiling. Counts are of guest instructions unless they say otherwise. */
export interface JitOptions {
  /** How often a direct jump is taken before its target is compiled. */
  readonly hotJump: number;
  /** How often a region ends where none begins before one does. */
  readonly hotMiss: number;
  /** Misses of an inline cache after which it is known where the jump or call goes: a power of two, as it is heard of these. */
  readonly hotSite: number;
  /** Calls after which the function around a hot place is compiled, and not the place alone. */
  readonly leastCalls: number;
  /** How often a place has to become hot that is part of a region already. */
  readonly hotPart: number;
  /** Instructions before anything is compiled: short programs end before that pays. */
  readonly warmUp: number;
  /** Times a region may be lost to writes, in short order, before its code is left to the interpreter. */
  readonly losses: number;
  /** Instructions after the first of these losses before the code is compiled again. */
  readonly lossPause: number;
  /** Times an instruction may leave to the interpreter before its region is written anew, so that it does not. */
  readonly leaves: number;
  /** Of ways from compiled code to the interpreter - nothing is compiled there, an instruction is for it - so many are told the host at a time: a power of two. */
  readonly lot: number;
  /** Instructions after which whoever waits is compiled, however few they are. */
  readonly patience: number;
  /** Takes notes for --stats. */
  readonly profile?: boolean;
  /** Instructions that a region executes at least, on the average of its entries, with what follows it: fewer save little for what it took to compile it. */
  readonly leastRun: number;
  /** Instructions that regions execute at least, on the average of all entries; below, to have more of them hardly pays, and is for what is much hotter. */
  readonly thinRun: number;
  /** Part of the host's time that may go into compiling: code that is spread thin never pays for it. */
  readonly share: number;
  /** Modules of one level that become one of the next. */
  readonly merge: number;
  /** Milliseconds of compiling after which that is done beside the run, where there is a thread for it: see compileBeside(). */
  readonly besideAfter: number;
}

export const DEFAULTS: JitOptions = {
  hotJump: 2000,
  hotMiss: 100,
  hotSite: 64,
  leastCalls: 16,
  hotPart: 16,
  warmUp: 300_000,
  losses: 8,
  lossPause: 1_000_000,
  leaves: 512,
  lot: 16,
  patience: 50_000,
  merge: 8,
  leastRun: 150,
  thinRun: 1000,
  share: 0.2,
  besideAfter: 250,
};

/** Compiles at first sight, for tests. */
export const EAGER: JitOptions = {
  hotJump: 2,
  hotMiss: 2,
  hotSite: 4,
  leastCalls: 2,
  hotPart: 1,
  warmUp: 0,
  losses: 8,
  lossPause: 0,
  leaves: 3,
  lot: 1,
  patience: 0,
  merge: 3,
  leastRun: 0,
  thinRun: 0,
  share: 1,
  besideAfter: Number.POSITIVE_INFINITY,
};
