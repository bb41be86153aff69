import { expect, it } from 'vitest';
import { ConfigurationError } from '../errors/index.ts';
import { createServices } from './container.ts';
import { serviceToken } from './services.ts';

const Quota = serviceToken<{ readonly left: number }>('test.Quota', {
  broughtBy: 'the plugin `quotas()` of @acme/quotas',
});
const Thing = serviceToken<string>('test.Thing');

it('names who brings a service that nobody has registered', () => {
  const services = createServices();
  expect(() => services.resolve(Quota)).toThrow(
    new ConfigurationError(
      'services.test.Quota',
      'nobody has registered this service; the plugin `quotas()` of @acme/quotas brings it, or `services` of createApi',
    ),
  );
  expect(() => services.resolve(Thing)).toThrow(
    'services.test.Thing: nobody has registered this service; a plugin brings it, or `services` of createApi',
  );
});

it('knows a service by its description: two tokens of one meet', () => {
  const services = createServices();
  services.register(Quota, () => ({ left: 3 }));
  const same = serviceToken<{ readonly left: number }>('test.Quota');
  expect(same).toEqual({ symbol: Quota.symbol, description: 'test.Quota' });
  expect([services.has(same), services.resolve(same)]).toEqual([true, { left: 3 }]);
});
