/** What executing a record, or a run of records, says of how it ended. */
export const Outcome = {
  /** The next record follows. (`run`: EIP must be looked up, or the budget is too small for a block.) */
  next: 0,
  /** Go on at EIP. */
  jump: 1,
  /** The instruction faulted: the processor holds the fault, EIP is the instruction's. */
  fault: 2,
  /** The instruction is complete, EIP is the next; the run loop must look at events. */
  event: 3,
  /** A direct jump in `exitRecord` wants its link set; EIP is its target. */
  link: 4,
  /** `exitRecord` is the entry of a compiled region; nothing of it has been executed. */
  enter: 5,
  /** The direct jump in `exitRecord` has been taken often; EIP is its target. */
  hot: 6,
  /** Go on at the record `exitRecord`, of whose block nothing has been counted yet; pcBase is set. Not for the host. */
  record: 7,
} as const;
