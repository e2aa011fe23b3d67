/** The A20 gate: the keyboard controller and port 92h each have a control of it. Source: Intel 82371SB datasheet, 2.5.5 (FAST_A20 or A20GATE). */
import type { Line } from '../devices/wiring.ts';

/** A20 is open when either of its two controls opens it. */
export function gateA20(setGate: (open: boolean) => void): [Line, Line] {
  const controls = [false, false];
  let open: boolean | undefined;
  const control = (index: number): Line => ({
    set: level => {
      controls[index] = level;
      const now = controls.includes(true);
      if (now === open) return;
      open = now;
      setGate(open);
    },
  });
  return [control(0), control(1)];
}
