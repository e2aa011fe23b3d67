/** What a region's function returns. Its state is complete then, in memory. The dispatcher looks for what goes on after the first two. */
export const Status = {
  /** Go on at EIP: a caller asks whether that is its return address, others look for the region there. */
  continue: 0,
  /** As `continue`, but translation, mode or segments may be others: no caller further up may go on by itself. */
  turn: 1,
  /** The interpreter goes on at `exitRecord`, in the middle of its block, none of which has been counted; pcBase is set. */
  leave: 2,
  /** Nothing was executed: the region's code, pages, segments or the budget are not what it needs. */
  decline: 3,
  /** The interpreter goes on at EIP. */
  resume: 4,
  /** As `continue`, once the inline cache at `linkSite` has been given where EIP leads. */
  fill: 5,
  /** Nothing was executed: the stack window does not fit the stack's page. */
  window: 6,
  /** With an Outcome added: what an interpreter's function ended with. */
  outcome: 16,
} as const;
