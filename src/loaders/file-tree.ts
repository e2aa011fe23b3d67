/** Files, directories and symbolic links in memory: what a guest's disk is made from, and what is read back from it. */

export interface FileNode {
  readonly kind: 'file';
  readonly data: Uint8Array;
  readonly mode: number;
  readonly time: Timestamp;
  /** Names of one file share its node: hard links. */
}

export interface LinkNode {
  readonly kind: 'link';
  readonly target: string;
  readonly time: Timestamp;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly mode: number;
  readonly time: Timestamp;
  readonly entries: Map<string, TreeNode>;
}

export type TreeNode = FileNode | LinkNode | DirectoryNode;

/** Seconds since 1970, and nanoseconds. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
}

export const EPOCH: Timestamp = { seconds: 0, nanoseconds: 0 };

export function directory(mode = 0o755, time: Timestamp = EPOCH): DirectoryNode {
  return { kind: 'directory', mode, time, entries: new Map() };
}

export function file(data: Uint8Array, mode = 0o644, time: Timestamp = EPOCH): FileNode {
  return { kind: 'file', data, mode, time };
}

/** Puts a node at a path of names joined by `/`, making the directories on the way. What was there is replaced. */
export function place(root: DirectoryNode, path: string, node: TreeNode): void {
  const names = path.split('/').filter(name => name !== '' && name !== '.');
  const last = names.pop();
  if (last === undefined) throw new Error(`no name in ${JSON.stringify(path)}`);
  directoryAt(root, names).entries.set(last, node);
}

/** The directory of those names, made where it is missing. */
export function directoryAt(root: DirectoryNode, names: readonly string[]): DirectoryNode {
  let at = root;
  for (const name of names) {
    let next = at.entries.get(name);
    if (next?.kind !== 'directory') {
      next = directory();
      at.entries.set(name, next);
    }
    at = next;
  }
  return at;
}
