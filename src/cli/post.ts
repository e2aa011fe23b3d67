/** The POST port of test ROMs: `--post 0x190` says each byte written there, with the count of instructions, and keeps them for the report. */
import { grouped } from '../inspect/text.ts';
import type { Pc } from '../machine/pc.ts';
import type { PostCode } from '../session/report.ts';
import { UserError } from './user-error.ts';

/** The AT's own; the board answers there already. */
const AT_POST = 0x80;
/** A ROM that loops must not fill the report. */
const MOST_KEPT = 65_536;

export class PostPort {
  readonly port: number;
  readonly codes: PostCode[] = [];
  private readonly say: (text: string) => void;
  private machine: Pc | undefined;

  constructor(port: number, say: (text: string) => void) {
    this.port = port;
    this.say = say;
  }

  /** For PcOptions. */
  postCode = (value: number): void => {
    if (this.port === AT_POST) this.take(value);
  };

  /** Claims the port of a machine; one that is not `real` is a replay, which runs the same but is not listened to. */
  attach(pc: Pc, real: boolean): void {
    if (real) this.machine = pc;
    if (this.port === AT_POST) return;
    try {
      pc.ports.claim('post', this.port, 1, {
        read: () => 0xff,
        write: (_port, value) => {
          if (real) this.take(value);
        },
      });
    } catch {
      throw new UserError(`--post 0x${this.port.toString(16)}: a device of the machine is at that port`);
    }
  }

  private take(value: number): void {
    if (!this.machine) return;
    // The OUT itself counts, as everywhere instructions are numbered from 1.
    const insns = this.machine.cpu.now() + 1;
    if (this.codes.length < MOST_KEPT) this.codes.push({ value, insns });
    this.say(`POST ${value.toString(16).padStart(2, '0')}  insn #${grouped(insns)}`);
  }
}
