/**
 * From a control-flow graph to structured control flow: dominators, loop headers, merge points. Source: Norman Ramsey, "Beyond Relooper" (ICFP 2022);
 * Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". An edge that would make the graph irreducible is cut: it becomes an exit.
 */

export interface Shape {
  /** Nodes in reverse postorder; the entry is first. */
  readonly order: readonly number[];
  /** Place of a node in `order`. */
  readonly rank: ReadonlyMap<number, number>;
  /** Nodes each node immediately dominates, by descending rank. */
  readonly children: ReadonlyMap<number, readonly number[]>;
  readonly loops: ReadonlySet<number>;
  /** Nodes that more than one forward edge reaches. */
  readonly merges: ReadonlySet<number>;
  /** `from->to` of edges that are exits. */
  readonly cut: ReadonlySet<string>;
}

export const edge = (from: number, to: number): string => `${from}>${to}`;

export function shapeOf(entry: number, successors: (node: number) => readonly number[]): Shape {
  const cut = new Set<string>();
  // Cutting an edge may change dominators, so look again until nothing is cut. Each pass cuts one at least: it ends.
  for (;;) {
    const follow = (node: number) => successors(node).filter(to => !cut.has(edge(node, to)));
    const order = reversePostorder(entry, follow);
    const rank = new Map(order.map((node, i) => [node, i]));
    const dominators = immediateDominators(order, rank, follow);
    const dominates = (a: number, b: number): boolean => {
      let at = b;
      while (rank.get(at)! > rank.get(a)!) at = dominators.get(at)!;
      return at === a;
    };
    const irreducible: string[] = [];
    const loops = new Set<number>();
    const forward = new Map<number, number>();
    for (const from of order) {
      for (const to of follow(from)) {
        if (rank.get(to)! > rank.get(from)!) forward.set(to, (forward.get(to) ?? 0) + 1);
        else if (dominates(to, from)) loops.add(to);
        else irreducible.push(edge(from, to));
      }
    }
    if (irreducible.length > 0) {
      for (const bad of irreducible) cut.add(bad);
      continue;
    }
    const children = new Map<number, number[]>();
    for (const node of order) children.set(node, []);
    for (let i = order.length - 1; i > 0; i--) children.get(dominators.get(order[i]!)!)!.push(order[i]!);
    const merges = new Set([...forward].filter(([, count]) => count > 1).map(([node]) => node));
    return { order, rank, children, loops, merges, cut };
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
