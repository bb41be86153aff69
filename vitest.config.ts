import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

const conditions = ['sallyport-source', 'module', 'node', 'development|production'];

/** Tests that start programs of their own: packed packages, the examples, the code of the documentation. */
const whole = ['docs/**/*.test.ts', 'tests/**/*.test.ts', 'examples/*/test/system/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './tests/closing-line.ts'],
    // A PGlite takes half a gigabyte and a core.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
    projects: [
      {
        resolve: { conditions },
        ssr: { resolve: { conditions, externalConditions: ['sallyport-source', 'node'] } },
        test: {
          name: 'code',
          include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...whole],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { conditions },
        ssr: { resolve: { conditions, externalConditions: ['sallyport-source', 'node'] } },
        test: {
          name: 'whole',
          include: whole,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
