/** `real86 maps`: the address space of a program, as it is when it ends or comes to a place. */
import { mapsText, pictureText } from '../inspect/address-space.ts';
import { placeText } from '../inspect/program-image.ts';
import { grouped, hex32 } from '../inspect/text.ts';
import type { Symbols } from '../loaders/symbols.ts';
import { ExitCode } from '../session/ending.ts';
import { type Place, parsePlace, resolvePlace } from '../session/place.ts';
import { finish } from './finish.ts';
import { OpenProgram, type ProgramOptions } from './program.ts';
import { suggestion } from './suggest.ts';
import { UserError } from './user-error.ts';

export interface MapsOptions extends ProgramOptions {
  readonly at: string | undefined;
}

const ESP = 4;
const EBP = 5;
const KERNEL_BASE = 0xc0000000;

/** Runs the program up to there; resolves to the exit code: 0 when there was something to show. */
export async function maps(options: MapsOptions): Promise<number> {
  const { at, file } = options;
  const place = at === undefined ? undefined : parsePlace(at);
  if (at !== undefined && !place)
    throw new UserError(`--at ${at}: expected a function, FILE:LINE, 0xADDRESS or the number of an instruction`);
  const maxInsns =
    place?.kind === 'instruction' ? Math.min(place.number, options.maxInsns ?? place.number) : options.maxInsns;
  // The picture is this command's output; what the program says is beside it.
  const program = new OpenProgram({ ...options, maxInsns }, 'maps', 'stderr');
  const { session, voice } = program;
  const { cpu } = session.pc;
  let reached = false;
  if (place && place.kind !== 'instruction') {
    // Checked at once: a mistake is told before anything runs.
    addressesOf(place, at!, program, file);
    session.watchProcesses({
      began: ({ task }) => {
        if (!session.runsProgram(task) || reached) return;
        for (const linear of addressesOf(place, at!, program, file, task.entry)) {
          cpu.observation.add({
            linear,
            meet: () => {
              reached ||= cpu.state.cpl === 3;
              return reached ? 'stop' : undefined;
            },
          });
        }
      },
    });
  }
  const stop = await program.run({ isReached: () => reached });
  const isThere = reached || (place?.kind === 'instruction' && cpu.insns === place.number);
  const conclusion = program.conclude(isThere ? { reason: 'reached' } : stop, true);
  const { ending, task } = conclusion;
  const over = ending.reason === 'exit' || ending.reason === 'signal';
  if (at !== undefined && !isThere) {
    const end =
      ending.reason === 'exit'
        ? `the program exited with ${ending.exitCode}`
        : (ending.signal ?? ending.detail ?? ending.reason);
    throw new UserError(`--at ${at}: never reached: ${end} after ${grouped(cpu.insns)} instructions`);
  }
  if (!task || task.mappings.length === 0)
    throw new UserError(
      `${isThere ? `--at ${at}: ` : ''}there is no process ${isThere ? 'yet' : 'any more'} after ${grouped(cpu.insns)} instructions`,
    );
  if (isThere || over) {
    const image = session.imageAt(task.entry);
    const inUser = cpu.state.cpl === 3;
    const where = isThere
      ? inUser
        ? `at ${hex32(cpu.state.eip)} ${placeText(image.place(cpu.state.eip >>> 0))}`
        : 'in the kernel'
      : ending.reason === 'signal'
        ? `when ${ending.signal} ended it`
        : `at its exit with ${ending.exitCode}`;
    const marks = [
      { address: task.brk, name: 'break' },
      { address: task.startBrk, name: 'heap begins' },
      { address: task.stackLimit, name: 'the stack may grow to' },
      ...(inUser
        ? [
            { address: cpu.register(ESP) >>> 0, name: 'ESP' },
            { address: cpu.register(EBP) >>> 0, name: 'EBP' },
            { address: cpu.state.eip >>> 0, name: 'EIP' },
          ]
        : []),
    ].filter(({ address }) => address < KERNEL_BASE && address > 0);
    if (!options.quiet) {
      const head = `pid ${task.pid} ${task.name}  insn #${grouped(cpu.insns)}  ${where}`;
      const picture = pictureText({ task, memory: cpu.physical, mode: cpu.state, marks });
      program.output.text('stdout', `${head}\n\n${mapsText(task.mappings)}\n\n${picture}\n`);
    }
  }
  const code = finish({ ...options, ...conclusion, command: 'maps', pc: session.pc, symbols: session.symbols, voice });
  return isThere || over ? 0 : code;
}

/** Linear addresses of a place; throws UserError when the program has none. */
function addressesOf(
  place: Place,
  at: string,
  { session }: OpenProgram,
  file: string,
  entry?: number,
): readonly number[] {
  const image = entry === undefined ? session.imageAt(session.entry) : session.imageAt(entry);
  const addresses = resolvePlace(place, image);
  if (typeof addresses !== 'string') return addresses;
  throw new UserError(
    `--at ${at}: ${file} ${addresses}${place.kind === 'symbol' ? nearby(place.name, image.symbols) : ''}`,
    ExitCode.error,
  );
}

function nearby(name: string, { all }: Symbols): string {
  return suggestion(
    name,
    all.filter(symbol => symbol.kind === 'function').map(symbol => symbol.name),
  );
}
