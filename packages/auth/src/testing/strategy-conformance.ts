import { afterAll, beforeAll, describe, it } from 'vitest';
import type { OpenedStrategy } from './strategy-bench.ts';
import { strategyCases } from './strategy-cases.ts';

/** A strategy to be tested. */
export interface StrategySubject {
  readonly name: string;
  /**
   * Makes the strategy ready. With `down`, every store and server that it asks has stopped: `good` is then what would have
   * been good.
   */
  open(setting: { readonly down: boolean }): OpenedStrategy | Promise<OpenedStrategy>;
  /** Why nothing can be down: it asks neither a store nor another server. */
  readonly asksNobody?: string;
}

/**
 * Declares the vitest suite that every strategy passes: whom it lets in, how it refuses, that it says 503 when it cannot
 * judge, that nothing of the credentials shows in its errors, and that nobody becomes `system`.
 *
 * @see docs/guides/own-strategy.md
 */
export function strategyConformance(subject: StrategySubject): void {
  describe(`strategy conformance: ${subject.name}`, () => {
    describe('in order', () => suite(subject, false));
    if (subject.asksNobody === undefined) describe('with everything down', () => suite(subject, true));
  });
}

function suite(subject: StrategySubject, down: boolean): void {
  let bench: OpenedStrategy | undefined;
  beforeAll(async () => {
    bench = await subject.open({ down });
  });
  afterAll(() => bench?.close?.());
  for (const one of strategyCases) {
    if (one.down !== down) continue;
    it(one.name, async () => {
      if (bench === undefined) throw new Error('the strategy is not open');
      await one.run(bench);
    });
  }
}
