/** A channel to a compiler in the same thread, which answers late: after it has been looked in upon for a number of times that the seed makes up. */
import { type Channel, CompilerEnd } from '../../src/jit/compile-channel.ts';
import { Random } from '../cpu/rig.ts';

const LATEST = 6;

export function lateChannel(seed: number): Channel {
  const random = new Random(seed);
  const answers: { message: unknown; after: number }[] = [];
  const end = new CompilerEnd(message => {
    answers.push({ message: structuredClone(message), after: random.below(LATEST) });
  });
  return {
    send: message => end.receive(structuredClone(message)),
    receive() {
      const [first] = answers;
      if (!first || first.after-- > 0) return undefined;
      return answers.shift()!.message;
    },
  };
}
