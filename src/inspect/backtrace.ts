/**
 * Who called whom: from a program's registers outwards, by its call frame information where there is some, else by frame pointers. Says why it had to stop. Nothing
 * on a stack is trusted: frames must go up, and a return address must lie in code.
 */
import type { FrameRegisters } from '../loaders/dwarf-frames.ts';
import { type Mapping, mappingAt } from './maps.ts';
import type { CodePlace, ProgramImage } from './program-image.ts';

export interface Frame extends CodePlace {
  /** Linear address of the function's frame: ESP there, in the innermost one. */
  readonly stack: number;
  /** Frames in a row that are at this same place: recursion. */
  readonly times: number;
}

export interface Backtrace {
  /** Innermost first; of a deep one the first and the last. */
  readonly frames: readonly Frame[];
  /** Frames between the first and the last that are left out, and after which of `frames`. */
  readonly omitted: number;
  readonly omittedAfter: number;
  /** Why it ends; undefined: the program began there. */
  readonly stop: string | undefined;
}

export interface BacktraceContext {
  readonly image: ProgramImage;
  readonly mappings: readonly Mapping[];
  read32(linear: number): number | undefined;
}

const ESP = 4;
const EBP = 5;
const EIP = 8;
const MOST_FRAMES = 200_000;
const FIRST = 8;
const LAST = 2;
/** Functions that nobody called. */
const ROOTS = new Set(['_start', '_start_c', '__libc_start_main', '__libc_start_main_impl', '__libc_start_call_main']);

/** `registers`: EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI. */
export function backtrace(eip: number, registers: readonly number[], context: BacktraceContext): Backtrace {
  const { image, mappings } = context;
  const first: Frame[] = [];
  let last: Frame[] = [];
  let count = 0;
  let distinct = 0;
  let latest: (Frame & { times: number }) | undefined;
  let stop: string | undefined;
  let current: FrameRegisters = [...registers, eip];
  for (;;) {
    const at = current[EIP]!;
    const place = count === 0 ? image.place(at) : image.callerPlace(at);
    count++;
    if (latest && latest.address === at && count > 2) latest.times++;
    else {
      latest = { ...place, stack: current[ESP] ?? 0, times: 1 };
      distinct++;
      if (first.length < FIRST) first.push(latest);
      else {
        last.push(latest);
        if (last.length > LAST * 8) last = last.slice(-LAST);
      }
    }
    const name = image.symbols.nearest(at)?.name;
    if (name !== undefined && ROOTS.has(name)) break;
    if (count >= MOST_FRAMES) {
      stop = 'more frames than are followed';
      break;
    }
    const next = callerOf(current, count === 1, context);
    if (typeof next === 'string') {
      stop = next === 'end' ? undefined : next;
      break;
    }
    const back = next[EIP]!;
    if (!mappingAt(mappings, back)?.execute) {
      stop = back === 0 ? undefined : `0x${back.toString(16)}, where the return address should be, is not in code`;
      break;
    }
    if (next[ESP]! <= current[ESP]!) {
      stop = 'the next frame does not lie above this one';
      break;
    }
    current = next;
  }
  const kept = last.slice(-LAST);
  return {
    frames: [...first, ...kept],
    omitted: distinct - first.length - kept.length,
    omittedAfter: first.length,
    stop,
  };
}

function callerOf(current: FrameRegisters, innermost: boolean, context: BacktraceContext): FrameRegisters | string {
  const { image, mappings, read32 } = context;
  const eip = current[EIP]!;
  const found = image.frames.caller(innermost ? eip : (eip - 1) >>> 0, current, read32);
  if (found) return found;
  const esp = current[ESP]!;
  const ebp = current[EBP];
  const through = (back: number | undefined, stack: number, frame: number | undefined): FrameRegisters | string => {
    if (back === undefined) return 'the stack cannot be read';
    const result: (number | undefined)[] = [];
    result[ESP] = stack;
    result[EBP] = frame;
    result[EIP] = back;
    return result;
  };
  if (innermost) {
    // Not in code at all, or the function has not set up its frame: the return address is on top, or under EBP.
    const offset = image.symbols.nearest(eip)?.offset;
    if (offset === 0 || !mappingAt(mappings, eip)?.execute) return through(read32(esp), esp + 4, ebp);
    if (offset === 1) return through(read32(esp + 4), esp + 8, ebp);
  }
  if (ebp === undefined) return 'there is no frame pointer, and no call frame information';
  if (ebp === 0) return 'end';
  if (ebp < esp) return `EBP=0x${ebp.toString(16)} is no frame: it lies below the stack`;
  const back = read32(ebp + 4);
  const frame = read32(ebp);
  if (back === undefined || frame === undefined)
    return `EBP=0x${ebp.toString(16)} is no frame: nothing is mapped there`;
  return through(back, ebp + 8, frame);
}
