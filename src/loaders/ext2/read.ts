/**
 * Reads a tree of files back from an ext2 file system that a guest has had. Nothing of it is believed: numbers are checked, names must be names, a
 * directory counts once, and sizes have a limit. What is no file, directory or link is left out, and named.
 */
import { type DirectoryNode, directory, type FileNode, type Timestamp, type TreeNode } from '../file-tree.ts';
import { LoadError } from '../load-error.ts';
import {
  BLOCK,
  DIRECT,
  FIRST_INODE,
  Group,
  INODE_SIZE,
  Inode,
  MAGIC,
  Mode,
  POINTERS,
  ROOT_INODE,
  STATE_CLEAN,
  SUPERBLOCK_AT,
  Super,
} from './layout.ts';

export interface ReadTree {
  readonly root: DirectoryNode;
  /** Paths of devices, pipes and sockets. */
  readonly skipped: readonly string[];
}

/** Deeper trees are not of this world: a path has 4096 bytes. */
const MOST_DEPTH = 2048;

/** `read` gives block `number` of the file system. Throws LoadError when it is none, was not left whole, or holds more than `limit` bytes. */
export function readExt2(read: (number: number) => Uint8Array, limit: number): ReadTree {
  return new Reader(read, limit).tree();
}

class Reader {
  private readonly read: (number: number) => Uint8Array;
  private readonly blocks: number;
  private readonly inodesPerGroup: number;
  private readonly inodes: number;
  private readonly seen = new Map<number, TreeNode>();
  private readonly skipped: string[] = [];
  private left: number;

  constructor(read: (number: number) => Uint8Array, limit: number) {
    this.read = read;
    this.left = limit;
    const superblock = view(read(0).subarray(SUPERBLOCK_AT));
    if (superblock.getUint16(Super.magic, true) !== MAGIC) throw new LoadError('no ext2 file system');
    if (superblock.getUint16(Super.state, true) !== STATE_CLEAN)
      throw new LoadError('the guest had not finished writing');
    this.blocks = superblock.getUint32(Super.blocks, true);
    this.inodes = superblock.getUint32(Super.inodes, true);
    this.inodesPerGroup = Math.max(1, superblock.getUint32(Super.inodesPerGroup, true));
  }

  tree(): ReadTree {
    const root = this.node(ROOT_INODE, '', 0);
    if (root?.kind !== 'directory') throw new LoadError('its root is no directory');
    return { root, skipped: this.skipped };
  }

  private block(number: number): Uint8Array {
    if (number < 2 || number >= this.blocks) throw new LoadError(`block ${number} is not in it`);
    return this.read(number);
  }

  private inode(number: number): DataView {
    if (number !== ROOT_INODE && (number < FIRST_INODE || number > this.inodes))
      throw new LoadError(`inode ${number} is not in it`);
    const group = Math.floor((number - 1) / this.inodesPerGroup);
    const index = (number - 1) % this.inodesPerGroup;
    const descriptors = view(this.read(1));
    if ((group + 1) * Group.size > BLOCK) throw new LoadError(`inode ${number} is not in it`);
    const table = descriptors.getUint32(group * Group.size + Group.inodeTable, true);
    const at = index * INODE_SIZE;
    return view(this.block(table + Math.floor(at / BLOCK)).slice(at % BLOCK, (at % BLOCK) + INODE_SIZE));
  }

  private node(number: number, path: string, depth: number): TreeNode | undefined {
    const seen = this.seen.get(number);
    if (seen?.kind === 'directory' || depth > MOST_DEPTH) throw new LoadError(`${path}: a directory within itself`);
    if (seen) return seen;
    const inode = this.inode(number);
    const mode = inode.getUint16(Inode.mode, true);
    const time = timeOf(inode);
    switch (mode & Mode.type) {
      case Mode.directory: {
        const node = directory(mode & 0o7777, time);
        this.seen.set(number, node);
        this.fill(node, this.contents(inode, path), path, depth);
        return node;
      }
      case Mode.file: {
        const node: FileNode = { kind: 'file', data: this.contents(inode, path), mode: mode & 0o7777, time };
        this.seen.set(number, node);
        return node;
      }
      case Mode.link:
        return { kind: 'link', target: new TextDecoder().decode(this.target(inode, path)), time };
      default:
        this.skipped.push(path);
        return undefined;
    }
  }

  private fill(into: DirectoryNode, bytes: Uint8Array, path: string, depth: number): void {
    const entries = view(bytes);
    for (let at = 0; at + 8 <= bytes.length; ) {
      const number = entries.getUint32(at, true);
      const length = entries.getUint16(at + 4, true);
      const nameLength = entries.getUint8(at + 6);
      if (length < 8 + nameLength || (length & 3) !== 0 || at + length > bytes.length)
        throw new LoadError(`${path}/: a bad directory`);
      const name = new TextDecoder().decode(bytes.subarray(at + 8, at + 8 + nameLength));
      at += length;
      if (number === 0 || name === '.' || name === '..') continue;
      if (name === '' || /[/\0]/.test(name)) throw new LoadError(`${path}/: a bad name`);
      const node = this.node(number, `${path}/${name}`, depth + 1);
      if (node) into.entries.set(name, node);
    }
  }

  private target(inode: DataView, path: string): Uint8Array {
    const size = inode.getUint32(Inode.size, true);
    if (size < 60) return new Uint8Array(inode.buffer, inode.byteOffset + Inode.blocks, size);
    return this.contents(inode, path);
  }

  private contents(inode: DataView, path: string): Uint8Array {
    const size = inode.getUint32(Inode.size, true) + inode.getUint32(Inode.sizeHigh, true) * 2 ** 32;
    this.left -= size;
    if (this.left < 0) throw new LoadError(`${path}: more than can be kept`);
    const bytes = new Uint8Array(size);
    for (let index = 0; index * BLOCK < size; index++) {
      const number = this.map(inode, index);
      if (number !== 0) bytes.set(this.block(number).subarray(0, size - index * BLOCK), index * BLOCK);
    }
    return bytes;
  }

  /** The block that holds block `index` of a file; 0 for a hole. */
  private map(inode: DataView, index: number): number {
    if (index < DIRECT) return inode.getUint32(Inode.blocks + index * 4, true);
    let rest = index - DIRECT;
    for (let depth = 1; depth <= 3; depth++) {
      const span = POINTERS ** depth;
      if (rest >= span) {
        rest -= span;
        continue;
      }
      let block = inode.getUint32(Inode.blocks + (DIRECT + depth - 1) * 4, true);
      for (let level = depth - 1; level >= 0 && block !== 0; level--)
        block = view(this.block(block)).getUint32((Math.floor(rest / POINTERS ** level) % POINTERS) * 4, true);
      return block;
    }
    throw new LoadError('a file too large');
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function timeOf(inode: DataView): Timestamp {
  return {
    seconds: inode.getInt32(Inode.mtime, true),
    nanoseconds: (inode.getUint32(Inode.mtimeExtra, true) >>> 2) % 1e9,
  };
}
