import type { Contender } from '../contenders.ts';
import type { Measurement } from './measure.ts';

/** How often each contender has its turn. */
export interface RoundOptions {
  readonly rounds: number;
  readonly contenders: readonly Contender[];
}

/**
 * Runs all rounds. In each round every contender has one turn, and the order moves on by one from round to round, so that
 * whatever else the machine does falls on all of them.
 */
export async function inRounds(
  { rounds, contenders }: RoundOptions,
  turn: (contender: Contender, round: number) => Promise<readonly Measurement[]>,
  log: (line: string) => void,
): Promise<readonly Measurement[]> {
  const results: Measurement[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const measured = await turn(contender, round);
      results.push(...measured);
      const figures = measured.map(
        (one) => `${one.scenario} ${one.requestsPerSecond.toFixed(0)}/s ${one.serverCpu.toFixed(0)} µs`,
      );
      log(`round ${round + 1}/${rounds}  ${contender.name.padEnd(18)} ${figures.join('   ')}`);
    }
  }
  return results;
}
