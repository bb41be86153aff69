import { expect, it } from 'vitest';
import { createServices } from './container.ts';
import { checkAtStart, StartChecksService, startChecks } from './start-checks.ts';

it('asks each part once, whoever has named it', async () => {
  const checks = startChecks();
  const services = createServices();
  services.register(StartChecksService, () => checks);
  let asked = 0;
  const store = {
    async ready() {
      asked += 1;
    },
  };
  checkAtStart(services, () => store);
  checkAtStart(services, () => store);
  checkAtStart(services, () => ({}));
  expect(asked).toBe(0);
  await checks.run();
  expect(asked).toBe(1);
});

it('rejects with the fault of a part', async () => {
  const checks = startChecks();
  checks.add(() => ({ ready: () => Promise.reject(new Error('no table')) }));
  await expect(checks.run()).rejects.toThrow('no table');
});

it('is not needed where no API starts', () => {
  const part = () => {
    throw new Error('nobody asks');
  };
  expect(() => checkAtStart(createServices(), part)).not.toThrow();
});
