import { randomInt } from 'node:crypto';
import { SingleBar } from 'cli-progress';
import { type Command, InvalidArgumentError } from 'commander';
import { generateRegistry } from '../demonstration/index.ts';
import { say } from './output.ts';
import { withOpenSpp } from './with-openspp.ts';

function whole(most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < 1 || number > most) {
      throw new InvalidArgumentError(`expected a whole number from 1 to ${most}`);
    }
    return number;
  };
}

/** A bar on a terminal, a line for each tenth elsewhere. */
function progressOf(people: number): { readonly show: (done: number) => void; readonly stop: () => void } {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({ format: '{bar} {percentage} % | {value} of {total} people | {eta_formatted} left' });
    bar.start(people, 0);
    return { show: (done) => bar.update(done), stop: () => bar.stop() };
  }
  let tenths = 0;
  return {
    show(done) {
      const reached = Math.floor((done * 10) / people);
      if (reached > tenths) process.stderr.write(`${done} of ${people} people\n`);
      tenths = reached;
    },
    stop: () => {},
  };
}

/** `generate --people N`: made-up people, for trying a registry out at its size. */
export function addGenerateCommand(program: Command): void {
  program
    .command('generate')
    .description('add made-up people in households, with enrolments and consents')
    .requiredOption('--people <number>', 'how many', whole(100_000_000))
    .option('--seed <number>', 'the same seed makes the same people; chosen at random when absent', whole(2 ** 31 - 1))
    .action(({ people, seed = randomInt(2 ** 20, 2 ** 31) }: { readonly people: number; readonly seed?: number }) =>
      withOpenSpp(async ({ database: { orm } }) => {
        const started = performance.now();
        const progress = progressOf(people);
        try {
          const made = await generateRegistry(orm, { people, seed, progress: progress.show });
          progress.stop();
          const seconds = ((performance.now() - started) / 1000).toFixed(1);
          say(
            `${made.people} people in ${made.households} households with ${made.consents} consents in ${seconds} s (seed ${seed}).`,
          );
        } finally {
          progress.stop();
        }
      }),
    );
}
