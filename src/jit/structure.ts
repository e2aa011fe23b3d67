/**
 * From a control-flow graph to structured control flow: dominators, loop headers, merge points. Source: Norman Ramsey, "Beyond Relooper" (ICFP 2022);
 * Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
 *
 * What does not fit that structure goes through one more node, DISPATCH, which branches by number to whatever it is told: jumps through registers, and
 * edges into a loop elsewhere than at its head.
 */

/** The node through which jumps go whose target is a number at run time. No EIP is this large. */
export const DISPATCH = 2 ** 33;

export interface Shape {
  /** Nodes in reverse postorder; the entry is first. */
  readonly order: readonly number[];
  /** Place of a node in `order`. */
  readonly rank: ReadonlyMap<number, number>;
  /** Nodes each node immediately dominates, by descending rank. */
  readonly children: ReadonlyMap<number, readonly number[]>;
  readonly loops: ReadonlySet<number>;
  /** Nodes that need a label ahead of them: more than one forward edge reaches them, or DISPATCH does. */
  readonly merges: ReadonlySet<number>;
  /** `from->to` of direct edges that go through DISPATCH. */
  readonly dispatched: ReadonlySet<string>;
  /** Where DISPATCH goes, by number. */
  readonly targets: readonly number[];
}

export const edge = (from: number, to: number): string => `${from}>${to}`;

/** `jumps`: where a node may go by a number known only at run time. */
export function shapeOf(
  entry: number,
  successors: (node: number) => readonly number[],
  jumps: (node: number) => readonly number[] = () => [],
): Shape {
  const dispatched = new Set<string>();
  const targets = new Set<number>();
  const follow = (node: number): readonly number[] => {
    if (node === DISPATCH) return [...targets];
    const direct = successors(node).map(to => (dispatched.has(edge(node, to)) ? DISPATCH : to));
    return jumps(node).length > 0 ? [...direct, DISPATCH] : direct;
  };
  for (const node of reversePostorder(entry, node => [...successors(node), ...jumps(node)])) {
    for (const to of jumps(node)) targets.add(to);
  }
  // Sending an edge through DISPATCH may change dominators, so look again until nothing is left. Each pass sends one at least: it ends.
  for (;;) {
    const order = reversePostorder(entry, follow);
    const rank = new Map(order.map((node, i) => [node, i]));
    const dominators = immediateDominators(order, rank, follow);
    const dominates = (a: number, b: number): boolean => {
      let at = b;
      while (rank.get(at)! > rank.get(a)!) at = dominators.get(at)!;
      return at === a;
    };
    const send = (from: number, to: number): void => {
      dispatched.add(edge(from, to));
      targets.add(to);
    };
    /** All edges into a node but DISPATCH's own. */
    const sendAll = (to: number): void => {
      for (const from of order) if (from !== DISPATCH && successors(from).includes(to)) send(from, to);
      targets.add(to);
    };
    let irreducible = false;
    const loops = new Set<number>();
    const forward = new Map<number, number>();
    for (const from of order) {
      for (const to of follow(from)) {
        if (rank.get(to)! > rank.get(from)!) forward.set(to, (forward.get(to) ?? 0) + 1);
        else if (dominates(to, from)) loops.add(to);
        else {
          irreducible = true;
          if (from === DISPATCH) sendAll(to);
          else if (to === DISPATCH) sendAll(from);
          else send(from, to);
        }
      }
    }
    if (irreducible) continue;
    const children = new Map<number, number[]>();
    for (const node of order) children.set(node, []);
    for (let i = order.length - 1; i > 0; i--) children.get(dominators.get(order[i]!)!)!.push(order[i]!);
    const merges = new Set([...forward].filter(([, count]) => count > 1).map(([node]) => node));
    for (const child of children.get(DISPATCH) ?? []) merges.add(child);
    return { order, rank, children, loops, merges, dispatched, targets: rank.has(DISPATCH) ? [...targets] : [] };
  }
}

function reversePostorder(entry: number, follow: (node: number) => readonly number[]): number[] {
  const seen = new Set([entry]);
  const post: number[] = [];
  const stack: { node: number; next: number; to: readonly number[] }[] = [{ node: entry, next: 0, to: follow(entry) }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.next === top.to.length) {
      post.push(top.node);
      stack.pop();
      continue;
    }
    const to = top.to[top.next++]!;
    if (seen.has(to)) continue;
    seen.add(to);
    stack.push({ node: to, next: 0, to: follow(to) });
  }
  return post.reverse();
}

function immediateDominators(
  order: readonly number[],
  rank: ReadonlyMap<number, number>,
  follow: (node: number) => readonly number[],
): Map<number, number> {
  const predecessors = new Map<number, number[]>(order.map(node => [node, []]));
  for (const from of order) for (const to of follow(from)) predecessors.get(to)!.push(from);
  const entry = order[0]!;
  const dominators = new Map<number, number>([[entry, entry]]);
  const meet = (a: number, b: number): number => {
    let x = a;
    let y = b;
    while (x !== y) {
      while (rank.get(x)! > rank.get(y)!) x = dominators.get(x)!;
      while (rank.get(y)! > rank.get(x)!) y = dominators.get(y)!;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order.slice(1)) {
      const known = predecessors.get(node)!.filter(p => dominators.has(p));
      const next = known.reduce(meet);
      if (dominators.get(node) !== next) {
        dominators.set(node, next);
        changed = true;
      }
    }
  }
  return dominators;
}

/** The dominator tree the other way: what immediately dominates each node but the entry. */
export function parentsOf({ children }: Shape): ReadonlyMap<number, number> {
  const parents = new Map<number, number>();
  for (const [node, below] of children) for (const child of below) parents.set(child, node);
  return parents;
}
