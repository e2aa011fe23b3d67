/** `real86 boot`: a disk or floppy image through the BIOS, or a Multiboot kernel. The serial port or the screen is the terminal. */
import { writeFileSync } from 'node:fs';
import type { Fault } from '../cpu/bus.ts';
import { ShutdownWatch } from '../inspect/shutdown-watch.ts';
import { Flag } from '../isa/flags.ts';
import { asFloppy, bootableImage, diskImage, HEAD } from '../loaders/disk-image.ts';
import { isElf, parseElf32 } from '../loaders/elf32.ts';
import { findMultibootHeader, loadMultiboot, type MultibootImage } from '../loaders/multiboot1.ts';
import { Symbols } from '../loaders/symbols.ts';
import { type BlockStore, Pc, type SerialSource } from '../machine/pc.ts';
import { isRomSize } from '../machine/pc-options.ts';
import { bootEnding } from '../session/ending.ts';
import { engineOf } from '../session/engines.ts';
import { Journal, lastInstructions } from '../session/replay.ts';
import { typeOn } from '../session/typing.ts';
import * as assets from './assets.ts';
import { drive } from './drive.ts';
import { FileStore } from './file-store.ts';
import { cannotWrite, naming, openFile, readPart, readWhole } from './files.ts';
import { finish } from './finish.ts';
import { StandardInput } from './input.ts';
import { enterMultiboot, HANDOVER_INDEX, handoverDisk } from './multiboot-machine.ts';
import { Output } from './output.ts';
import { PostPort } from './post.ts';
import type { CommonOptions } from './program.ts';
import { Screen, screenText } from './screen.ts';
import { EscapeKey, enterRawMode, escapeFilter } from './terminal.ts';
import { UserError } from './user-error.ts';
import { Voice } from './voice.ts';

export interface BootOptions extends CommonOptions {
  readonly exitMap: ReadonlyMap<number, number>;
  readonly display: 'text' | 'none';
  /** Where the last screen goes: a file, or `-` for stdout. */
  readonly screen: string | undefined;
  readonly append: string | undefined;
  readonly drives: readonly string[];
  readonly writeBack: boolean;
  readonly floppy: boolean;
  /** A ROM in the place of our BIOS. Then `file` may be empty: no disk. */
  readonly bios: string | undefined;
  /** Port whose bytes are said and reported. */
  readonly post: number | undefined;
}

const MAX_DISKS = 4;
/** Instructions before a triple fault that are shown, and the longest run that is worth replaying for them. */
const REPLAYED = 64;
const REPLAY_LIMIT = 3e9;

/** Boots it; resolves to the exit code. */
export async function boot(options: BootOptions): Promise<number> {
  const output = new Output();
  const voice = new Voice({ ...options, output });
  const bios = options.bios === undefined ? assets.bios() : readRom(options.bios);
  const what = options.file === '' ? NO_DISK : openBootable(options);
  const onScreen = options.display === 'text';
  const input = new StandardInput(
    process.stdin.isTTY ? escapeFilter(EscapeKey.boot, () => process.emit('SIGINT', 'SIGINT')) : undefined,
  );
  // The ports may ask for input while the machine is being built: it has no time yet.
  let machine: Pc | undefined;
  const watch = new ShutdownWatch();
  const post = options.post === undefined ? undefined : new PostPort(options.post, text => voice.say(text));
  /** The machine; `real` connects it to the world, otherwise it runs for itself. */
  const build = (source: SerialSource, real: boolean): Pc => {
    const pc = new Pc({
      engine: engineOf(options.engine, options.stats),
      memoryBytes: options.memoryBytes,
      model: options.model,
      bios,
      disks: what.disks(),
      ...(what.floppy === undefined ? {} : { floppy: what.floppy }),
      com1: onScreen ? {} : { source, ...(real ? { transmit: (byte: number) => output.put('stdout', byte) } : {}) },
      ...(real && post ? { postCode: post.postCode } : {}),
      ...(real && voice.verbose ? { debugConsole: (byte: number) => voice.raw(byte) } : {}),
      ...(real ? { log: (message: string) => voice.note(message) } : {}),
      ...(real ? { observeException: (fault: Fault) => machine && watch.observe(machine.cpu, fault) } : {}),
    });
    post?.attach(pc, real);
    if (what.kernel && !enterMultiboot(pc, what.kernel)) throw new Error('the BIOS did not reach the boot sector');
    return pc;
  };
  const journal = new Journal(input, () => machine?.ticks ?? 0);
  const pc = build(journal, true);
  machine = pc;

  const screen = onScreen ? new Screen(pc.vga, text => output.text('stdout', text)) : undefined;
  const interactive = process.stdin.isTTY === true;
  if (interactive) voice.note('^A x ends the run');
  const restore = interactive ? enterRawMode() : () => {};
  screen?.open();
  input.open();
  try {
    const stop = await drive({
      pc,
      output,
      input,
      maxInsns: options.maxInsns,
      wall: options.wall,
      realIdle: interactive,
      betweenSlices: () => {
        const typed = onScreen ? input.takeText() : '';
        if (typed !== '') {
          journal.typed(typed);
          typeOn(pc, typed);
        }
        screen?.draw();
      },
      // A guest that waits for a key alone is not halted for ever while there is somebody to press one.
      wake: async () => {
        if (!onScreen || !interactive || (pc.cpu.eflags & Flag.IF) === 0) return false;
        await input.more();
        return true;
      },
    });
    screen?.close();
    writeScreen(options.screen, pc, output);
    return finish({
      ...options,
      file: options.file || options.bios!,
      command: 'boot',
      pc,
      ending: bootEnding(stop, options.exitMap),
      seed: null,
      symbols: what.symbols,
      watch,
      post: post?.codes,
      // A disk that was written back is not what it was.
      history: () =>
        options.writeBack || pc.cpu.insns > REPLAY_LIMIT
          ? undefined
          : lastInstructions(source => build(source, false), journal, pc.cpu.insns, REPLAYED),
      voice,
    });
  } finally {
    restore();
  }
}

interface Bootable {
  /** Fresh ones each time, without what a guest wrote. */
  disks(): readonly (BlockStore | undefined)[];
  readonly floppy: number | undefined;
  readonly kernel: MultibootImage | undefined;
  readonly symbols: Symbols | undefined;
}

const NO_DISK: Bootable = { disks: () => [], floppy: undefined, kernel: undefined, symbols: undefined };

function readRom(path: string): Uint8Array {
  const bytes = readWhole(path);
  if (!isRomSize(bytes.length))
    throw new UserError(`${path}: ${bytes.length} bytes: a ROM is a power of two from 4 KiB to 256 KiB`, 126);
  return bytes;
}

function openBootable(options: BootOptions): Bootable {
  const { file, append, memoryBytes, writeBack } = options;
  const image = openFile(file, writeBack ? 'r+' : 'r');
  const head = readPart(image, 0, HEAD);
  const openDrives = options.drives.map(path => openDrive(path, writeBack));
  const drives = (): FileStore[] => openDrives.map(open => open());
  if (isElf(head) || (findMultibootHeader(head) && (head[510] !== 0x55 || head[511] !== 0xaa))) {
    const bytes = readWhole(file);
    const kernel = naming(file, () => loadMultiboot(bytes, append ?? '', memoryBytes));
    if (openDrives.length >= MAX_DISKS)
      throw new UserError(`--drive: a Multiboot kernel can have ${MAX_DISKS - 1} disks`);
    const disks = (): (BlockStore | undefined)[] => {
      const list: (BlockStore | undefined)[] = drives();
      list[HANDOVER_INDEX] = handoverDisk();
      return list;
    };
    const symbols = isElf(bytes) ? Symbols.of(naming(file, () => parseElf32(bytes))) : undefined;
    return { disks, floppy: HANDOVER_INDEX, kernel, symbols };
  }
  if (append !== undefined) throw new UserError(`--append is for Multiboot kernels; ${file} is a disk image`);
  const found = naming(file, () => bootableImage(head, image.size));
  const disk = options.floppy ? naming(file, () => asFloppy(found)) : found;
  if (openDrives.length >= MAX_DISKS)
    throw new UserError(`--drive: ${MAX_DISKS - 1} beside the boot disk are possible`);
  const disks = (): FileStore[] => [new FileStore(image, disk.size, writeBack), ...drives()];
  return { disks, floppy: disk.kind === 'floppy' ? 0 : undefined, kernel: undefined, symbols: undefined };
}

function openDrive(path: string, writeBack: boolean): () => FileStore {
  const file = openFile(path, writeBack ? 'r+' : 'r');
  const { size } = naming(path, () => diskImage(file.size));
  return () => new FileStore(file, size, writeBack);
}

function writeScreen(to: string | undefined, pc: Pc, output: Output): void {
  if (to === undefined) return;
  const text = screenText(pc.vga);
  if (to === '-') {
    output.text('stdout', text);
    return;
  }
  try {
    writeFileSync(to, text);
  } catch (error) {
    throw cannotWrite(to, error);
  }
}
