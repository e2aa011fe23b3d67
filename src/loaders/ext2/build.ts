/**
 * An ext2 file system in memory from a tree of files. The same tree gives the same bytes: no clock, no random identifier.
 *
 * Contents are laid out one after the other, each file in one run of blocks with its indirect blocks before it; so a block number is known when it is
 * asked for, and the disk is as large as what is on it, and the free space wanted.
 */

import type { DirectoryNode, FileNode, LinkNode, Timestamp, TreeNode } from '../file-tree.ts';
import { LoadError } from '../load-error.ts';
import { DirectoryBlocks } from './directory-blocks.ts';
import { BLOCK, DIRECT, EntryType, FIRST_INODE, INODE_SIZE, Inode, Mode, POINTERS, ROOT_INODE } from './layout.ts';
import { shapeFor, Volume } from './volume.ts';

export interface Ext2Options {
  /** Bytes to be left free, at least. */
  readonly free: number;
  /** Inodes to be left free, at least. */
  readonly freeInodes: number;
  /** At most 16 characters, for people. */
  readonly label: string;
}

/** Longest target that lies in the inode itself, with room for a NUL. */
const FAST_LINK = 59;
const MOST_LINK = 4095;

interface Planned {
  readonly node: TreeNode;
  readonly number: number;
  readonly parent: number;
  /** Of a directory: its encoded entries. */
  contents: Uint8Array;
  links: number;
}

/** A file system yet to be written. */
export interface Ext2Plan {
  /** Bytes, whole blocks. */
  readonly size: number;
  /** Writes it; `into` has that size and holds zeros. What a file holds may have been changed since, but for its length. */
  write(into: Uint8Array): void;
}

/** Throws LoadError when it would be too large, or a name too long. */
export function planExt2(root: DirectoryNode, options: Ext2Options): Ext2Plan {
  const planned = plan(root);
  const blocks = planned.reduce((sum, { node, contents }) => sum + blocksOf(node, contents), 0);
  const shape = shapeFor(blocks + Math.ceil(options.free / BLOCK), FIRST_INODE + planned.length + options.freeInodes);
  return {
    size: shape.blocks * BLOCK,
    write: into => {
      const volume = new Volume(shape, into);
      for (const file of planned) write(volume, file);
      volume.finish(options.label);
    },
  };
}

/** The same at once. */
export function buildExt2(root: DirectoryNode, options: Ext2Options): Uint8Array {
  const { size, write: writeTo } = planExt2(root, options);
  const bytes = new Uint8Array(size);
  writeTo(bytes);
  return bytes;
}

/** Numbers for all nodes, the root first; directories encoded. */
function plan(root: DirectoryNode): Planned[] {
  const planned: Planned[] = [];
  const numbers = new Map<TreeNode, Planned>();
  let next = FIRST_INODE;
  const add = (node: TreeNode, parent: number): Planned => {
    const seen = node.kind === 'directory' ? undefined : numbers.get(node);
    if (seen) {
      seen.links++;
      return seen;
    }
    const number = planned.length === 0 ? ROOT_INODE : next++;
    const entry: Planned = {
      node,
      number,
      parent,
      contents: contentsOf(node),
      links: node.kind === 'directory' ? 2 : 1,
    };
    planned.push(entry);
    numbers.set(node, entry);
    if (node.kind === 'directory') {
      const entries = new DirectoryBlocks();
      entries.add('.', number, EntryType.directory);
      entries.add('..', planned.length === 1 ? number : parent, EntryType.directory);
      for (const [name, child] of node.entries) {
        const { number: childNumber } = add(child, number);
        if (child.kind === 'directory') entry.links++;
        entries.add(name, childNumber, EntryType[child.kind]);
      }
      entry.contents = entries.finish();
    }
    return entry;
  };
  add(root, ROOT_INODE);
  return planned;
}

function contentsOf(node: TreeNode): Uint8Array {
  if (node.kind === 'file') return node.data;
  if (node.kind === 'directory') return new Uint8Array();
  const target = new TextEncoder().encode(node.target);
  if (target.length > MOST_LINK)
    throw new LoadError(`a symbolic link of ${target.length} bytes; ${MOST_LINK} are possible`);
  return target;
}

function isFastLink(node: TreeNode, contents: Uint8Array): boolean {
  return node.kind === 'link' && contents.length <= FAST_LINK;
}

/** Of contents and indirect blocks. */
function blocksOf(node: TreeNode, contents: Uint8Array): number {
  if (isFastLink(node, contents)) return 0;
  const data = Math.ceil(contents.length / BLOCK);
  return data + indirectBlocks(data);
}

function indirectBlocks(data: number): number {
  const single = Math.max(0, data - DIRECT);
  const double = Math.max(0, single - POINTERS);
  const triple = Math.max(0, double - POINTERS * POINTERS);
  const second = (count: number): number => Math.ceil(count / POINTERS);
  return (
    (single > 0 ? 1 : 0) +
    (double > 0 ? 1 + second(Math.min(double, POINTERS * POINTERS)) : 0) +
    (triple > 0 ? 1 + second(second(triple)) + second(triple) : 0)
  );
}

const TYPES = { file: Mode.file, directory: Mode.directory, link: Mode.link } as const;

function permissionsOf(node: FileNode | DirectoryNode | LinkNode): number {
  return node.kind === 'link' ? 0o777 : node.mode & 0o7777;
}

function write(volume: Volume, { node, number, contents, links }: Planned): void {
  const view = volume.inode(number);
  view.setUint16(Inode.mode, TYPES[node.kind] | permissionsOf(node), true);
  view.setUint16(Inode.links, links, true);
  view.setUint32(Inode.size, contents.length >>> 0, true);
  if (node.kind === 'file') view.setUint32(Inode.sizeHigh, Math.floor(contents.length / 2 ** 32), true);
  writeTimes(view, node.time);
  if (isFastLink(node, contents)) {
    new Uint8Array(view.buffer, view.byteOffset + Inode.blocks, contents.length).set(contents);
    return;
  }
  const used = writeContents(volume, view, contents);
  view.setUint32(Inode.sectors, used * (BLOCK / 512), true);
}

function writeTimes(view: DataView, { seconds, nanoseconds }: Timestamp): void {
  for (const at of [Inode.atime, Inode.ctime, Inode.mtime, Inode.crtime]) view.setUint32(at, seconds >>> 0, true);
  for (const at of [Inode.atimeExtra, Inode.ctimeExtra, Inode.mtimeExtra, Inode.crtimeExtra])
    view.setUint32(at, (nanoseconds << 2) >>> 0, true);
  view.setUint16(Inode.extraSize, INODE_SIZE - 128 - 96, true);
}

/** Copies the contents to fresh blocks, and notes them in the inode and in indirect blocks. The number of blocks taken. */
function writeContents(volume: Volume, inode: DataView, contents: Uint8Array): number {
  const data = Math.ceil(contents.length / BLOCK);
  let done = 0;
  let taken = 0;
  const take = (): number => {
    taken++;
    return volume.take();
  };
  const leaf = (): number => {
    const block = take();
    volume.block(block).set(contents.subarray(done * BLOCK, (done + 1) * BLOCK));
    done++;
    return block;
  };
  /** A tree of that depth, for as much as is left of the contents. */
  const tree = (depth: number): number => {
    if (depth === 0) return leaf();
    const block = take();
    const pointers = volume.view(block);
    for (let i = 0; i < POINTERS && done < data; i++) pointers.setUint32(i * 4, tree(depth - 1), true);
    return block;
  };
  for (let i = 0; done < data; i++) inode.setUint32(Inode.blocks + i * 4, tree(Math.max(0, i - DIRECT + 1)), true);
  return taken;
}
