/** Structured control flow of random graphs: whatever the edges, what comes out is reducible, and every edge goes where it went, directly or by DISPATCH. */
import { describe, expect, it } from 'vitest';
import { DISPATCH, edge, shapeOf } from '../../src/jit/structure.ts';
import { Random } from '../cpu/rig.ts';

interface Graph {
  readonly direct: readonly (readonly number[])[];
  readonly jumps: readonly (readonly number[])[];
}

function randomGraph(random: Random): Graph {
  const nodes = 1 + random.below(14);
  const some = (most: number) => Array.from({ length: random.below(most + 1) }, () => random.below(nodes));
  const direct = Array.from({ length: nodes }, () => [...new Set(some(2))]);
  const jumps = Array.from({ length: nodes }, () => (random.below(4) === 0 ? [...new Set(some(4))] : []));
  return { direct, jumps };
}

/** Nodes that cannot be reached from 0 without going through each node. */
function dominatedBy(node: number, follow: (node: number) => readonly number[], all: readonly number[]): Set<number> {
  const reached = new Set<number>();
  const stack = node === 0 ? [] : [0];
  while (stack.length > 0) {
    const at = stack.pop()!;
    if (at === node || reached.has(at)) continue;
    reached.add(at);
    stack.push(...follow(at));
  }
  return new Set(all.filter(other => !reached.has(other)));
}

describe('structured control flow', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))('random graphs, seed %i', seed => {
    const random = new Random(seed + 1);
    let dispatched = 0;
    for (let round = 0; round < 50; round++) {
      const { direct, jumps } = randomGraph(random);
      const shape = shapeOf(
        0,
        node => direct[node]!,
        node => jumps[node]!,
      );
      const follow = (node: number): readonly number[] => {
        if (node === DISPATCH) return shape.targets;
        const steps = direct[node]!.map(to => (shape.dispatched.has(edge(node, to)) ? DISPATCH : to));
        return jumps[node]!.length > 0 ? [...steps, DISPATCH] : steps;
      };
      for (const node of shape.order) {
        const dominated = dominatedBy(node, follow, shape.order);
        for (const from of shape.order) {
          const isBack = follow(from).includes(node) && shape.rank.get(node)! <= shape.rank.get(from)!;
          if (!isBack) continue;
          // A jump back goes to a node that dominates where it comes from: the head of a loop.
          expect(dominated.has(from)).toBe(true);
          expect(shape.loops.has(node)).toBe(true);
        }
        if (node === DISPATCH) continue;
        // What goes by number has one.
        const byNumber = [...jumps[node]!, ...direct[node]!.filter(to => shape.dispatched.has(edge(node, to)))];
        for (const to of byNumber) expect(shape.targets).toContain(to);
        dispatched += byNumber.length;
      }
      // Everything that can be reached still is, and nothing else.
      const reachable = new Set<number>();
      const stack = [0];
      while (stack.length > 0) {
        const at = stack.pop()!;
        if (reachable.has(at)) continue;
        reachable.add(at);
        stack.push(...direct[at]!, ...jumps[at]!);
      }
      for (const node of reachable) expect(shape.rank.has(node)).toBe(true);
    }
    expect(dispatched).toBeGreaterThan(20);
  });
});
