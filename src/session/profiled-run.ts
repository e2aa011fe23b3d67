/** A run of a program in short slices, with a note of where the guest is after each: the same run, profiled (inspect/guest-profile.ts). */
import { GuestProfile, type ProfiledCode } from '../inspect/guest-profile.ts';
import { formatProfile } from '../inspect/profile-report.ts';
import type { ProgramImage } from '../inspect/program-image.ts';
import type { PcStop } from '../machine/pc.ts';
import type { ProgramSession } from './program-session.ts';

export class ProfiledRun {
  readonly profile: GuestProfile;
  private readonly session: ProgramSession;
  /** Of the programs met that are the session's own: where they begin. */
  private readonly known = new Set<string>();
  private sampleAt = 0;

  constructor(session: ProgramSession, interval?: number) {
    this.session = session;
    const { currentAt } = session;
    if (currentAt === undefined) throw new Error('the kernel has no symbol `current`');
    const { cpu } = session.pc;
    this.profile = new GuestProfile(
      cpu,
      currentAt,
      ({ name, entry }) => {
        const task = session.task();
        if (task && session.runsProgram(task)) this.known.add(`${entry} ${name}`);
      },
      interval,
    );
    this.sampleAt = this.profile.nextDistance();
  }

  /** As Pc.run() does. */
  run(ticks: number): PcStop {
    const { pc } = this.session;
    const end = pc.ticks + ticks;
    for (;;) {
      const { insns } = pc.cpu;
      const stop = pc.run(Math.min(end - pc.ticks, this.sampleAt - insns));
      if (pc.cpu.insns >= this.sampleAt) {
        this.profile.sample();
        this.sampleAt = pc.cpu.insns + this.profile.nextDistance();
      }
      if (stop.reason !== 'limit' || pc.ticks >= end) return stop;
    }
  }

  /** Lines without a line end. */
  get text(): string {
    const { session } = this;
    return formatProfile(this.profile, { insns: session.pc.cpu.insns, imageOf: code => this.imageOf(code) });
  }

  private imageOf({ space, program }: ProfiledCode): ProgramImage | undefined {
    if (space === 'kernel') return this.session.kernelImage;
    return program && this.known.has(`${program.entry} ${program.name}`)
      ? this.session.imageAt(program.entry)
      : undefined;
  }
}
