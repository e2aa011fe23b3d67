/** What a guest left in a mounted file system, against what it was given: the changes to be made where it came from. */
import type { DirectoryNode, TreeNode } from '../loaders/file-tree.ts';

export type Change =
  /** Before anything is made at that path or below it. */
  | { readonly kind: 'remove'; readonly path: readonly string[]; readonly directory: boolean }
  | { readonly kind: 'directory'; readonly path: readonly string[]; readonly mode: number }
  | { readonly kind: 'file'; readonly path: readonly string[]; readonly data: Uint8Array; readonly mode: number }
  | { readonly kind: 'link'; readonly path: readonly string[]; readonly target: string }
  | { readonly kind: 'mode'; readonly path: readonly string[]; readonly mode: number };

/** In an order that can be carried out: what goes first, deepest first, then what comes, outermost first. */
export function changesBetween(before: DirectoryNode, after: DirectoryNode): Change[] {
  const removals: Change[] = [];
  const additions: Change[] = [];
  compare(before, after, [], removals, additions);
  return [...removals, ...additions];
}

function compare(
  before: DirectoryNode,
  after: DirectoryNode,
  at: readonly string[],
  removals: Change[],
  additions: Change[],
): void {
  for (const [name, old] of before.entries) {
    if (after.entries.get(name)?.kind !== old.kind) removeAll(old, [...at, name], removals);
  }
  for (const [name, node] of after.entries) {
    const path = [...at, name];
    const old = before.entries.get(name);
    if (node.kind === 'directory' && old?.kind === 'directory') {
      if (permissions(node.mode) !== permissions(old.mode))
        additions.push({ kind: 'mode', path, mode: permissions(node.mode) });
      compare(old, node, path, removals, additions);
    } else {
      addAll(node, old, path, additions);
    }
  }
}

function removeAll(node: TreeNode, path: readonly string[], removals: Change[]): void {
  if (node.kind === 'directory') for (const [name, child] of node.entries) removeAll(child, [...path, name], removals);
  removals.push({ kind: 'remove', path, directory: node.kind === 'directory' });
}

function addAll(node: TreeNode, old: TreeNode | undefined, path: readonly string[], additions: Change[]): void {
  if (node.kind === 'directory') {
    additions.push({ kind: 'directory', path, mode: permissions(node.mode) });
    for (const [name, child] of node.entries) addAll(child, undefined, [...path, name], additions);
  } else if (node.kind === 'link') {
    if (old?.kind !== 'link' || old.target !== node.target) additions.push({ kind: 'link', path, target: node.target });
  } else if (old?.kind !== 'file' || !sameBytes(old.data, node.data)) {
    additions.push({ kind: 'file', path, data: node.data, mode: permissions(node.mode) });
  } else if (permissions(old.mode) !== permissions(node.mode)) {
    additions.push({ kind: 'mode', path, mode: permissions(node.mode) });
  }
}

/** Not set-user-id and its like: they would mean the host's users. */
function permissions(mode: number): number {
  return mode & 0o777;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
