import type { RequestHead } from '@sallyport/core';
import { expect, it } from 'vitest';
import { registryOf } from './registry.ts';

const head = (secure: boolean, host?: string): RequestHead => ({
  method: 'GET',
  path: '/',
  query: [],
  rawQuery: '',
  headers: host === undefined ? {} : { host },
  clientAddress: '::1',
  secure,
});
const told = { dataControllerName: 'A ministry', dataControllerContact: 'privacy@registry.example' };

it('is reached as the settings say, else as the caller has reached it', () => {
  const known = registryOf({ ...told, publicUrl: 'https://registry.example' });
  expect(known.controller).toEqual({ name: 'A ministry', contact: 'privacy@registry.example' });
  expect(known.addressOf('/x', head(false, 'inside:80'))).toBe('https://registry.example/api/v2/spp/x');
  const unknown = registryOf({ ...told, publicUrl: undefined });
  expect(unknown.addressOf('/x', head(true, 'here.example'))).toBe('https://here.example/api/v2/spp/x');
  expect(unknown.addressOf('/x', head(false, 'localhost:8069'))).toBe('http://localhost:8069/api/v2/spp/x');
  expect(unknown.addressOf('/x', head(false))).toBe('/api/v2/spp/x');
});
