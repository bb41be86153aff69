import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BootstrapError, checkBootstrap, readBootstrap } from './index.ts';

const client = {
  name: 'Field app',
  clientId: 'field-app',
  clientSecret: 'at-least-32-characters-of-secret-text',
  organization: 'Lakeside Relief Trust',
  scopes: ['individual:all', { scope: 'group:read', fields: ['name', 'member'] }],
};
const consent = {
  signatory: 'Individual/urn:example:civil-id|C-0001',
  status: 'given',
  scopes: [{ resourceType: 'individual', purpose: 'audit' }],
};

function fault(value: unknown): { place: string; message: string } {
  try {
    checkBootstrap(value);
  } catch (error) {
    if (error instanceof BootstrapError) return { place: error.place, message: error.message };
    throw error;
  }
  throw new Error('no fault found');
}

describe('checkBootstrap', () => {
  it('takes any list, and none', () => {
    expect(checkBootstrap({})).toEqual({});
    expect(checkBootstrap({ clients: [client], consents: [consent], individuals: [{ any: 'thing' }] })).toBeTruthy();
  });

  it.each([
    ['bootstrap file', []],
    ['consent', { consent: [] }],
    ['clients[0].clientSecret', { clients: [{ ...client, clientSecret: 'x'.repeat(31) }] }],
    ['clients[1].legalBasis', { clients: [client, { ...client, legalBasis: 'because' }] }],
    ['clients[0].organization', { clients: [{ ...client, organization: undefined }] }],
    ['clients[0].secret', { clients: [{ ...client, secret: 'x' }] }],
    ['clients[0].scopes[0]', { clients: [{ ...client, scopes: ['individual:fly'] }] }],
    [
      'clients[0].scopes[1].fields[0]',
      { clients: [{ ...client, scopes: ['group:read', { scope: 'group:all', fields: [1] }] }] },
    ],
    ['organizations[0].type', { organizations: [{ name: 'A', type: 'club' }] }],
    ['idTypes[0].pattern', { idTypes: [{ system: 'urn:a', display: 'A', pattern: '(' }] }],
    ['idTypes[0].system', { idTypes: [{ system: 'urn:a|b', display: 'A' }] }],
    ['consents[1].signatory', { consents: [consent, { ...consent, signatory: 'Group/a|b' }] }],
    ['consents[0].signatory', { consents: [{ ...consent, signatory: undefined }] }],
    ['consents[0].expiryDate', { consents: [{ ...consent, expiryDate: '2026-02-30' }] }],
    ['consents[0].expiryDate', { consents: [{ ...consent, effectiveDate: '2026-02-03', expiryDate: '2026-02-02' }] }],
    ['consents[0].allowedRecipientTypes', { consents: [{ ...consent, allowedRecipientTypes: ['ngo'] }] }],
    [
      'consents[0].scopes[0].purpose',
      { consents: [{ ...consent, scopes: [{ resourceType: 'all', purpose: 'fun' }] }] },
    ],
    ['individuals[0]', { individuals: ['Ada'] }],
  ])('names the place: %s', (place, value) => {
    const found = fault(JSON.parse(JSON.stringify(value)));
    expect(found.place).toBe(place);
    expect(found.message.startsWith(`${place}: `)).toBe(true);
  });

  it('tells all faults at once, a line each, and of very many the first', () => {
    const { place, message } = fault({
      clients: [
        { ...client, clientSecret: 'short', scopes: ['group:fly', { scope: 'group:fly', filds: [], fields: [1] }] },
      ],
      organizations: [{ name: '', type: 'club', kind: 1 }],
      consent: [],
    });
    const places = message.split('\n').map((line) => line.replace(/: .*/, ''));
    expect(place).toBe(places[0]);
    expect(places.sort()).toEqual([
      'clients[0].clientSecret',
      'clients[0].scopes[0]',
      'clients[0].scopes[1].fields[0]',
      'clients[0].scopes[1].filds',
      'clients[0].scopes[1].scope',
      'consent',
      'organizations[0].kind',
      'organizations[0].name',
      'organizations[0].type',
    ]);
    expect(
      fault({
        consents: [
          { ...consent, signatory: undefined },
          { ...consent, allowedRecipientTypes: [] },
        ].map((one) => JSON.parse(JSON.stringify(one))),
      }).message,
    ).toBe(
      'consents[0].signatory: is missing, and so is "group": a consent needs one of them\n' +
        'consents[1].allowedRecipientTypes: belongs to the recipient mode "category"',
    );
    const lines = fault({ idTypes: Array.from({ length: 60 }, () => 1) }).message.split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([51, 'and 10 more']);
  });

  it('never repeats a secret', () => {
    expect(fault({ clients: [{ ...client, clientSecret: 'hunter2' }] }).message).not.toContain('hunter2');
  });
});

describe('readBootstrap', () => {
  it('reads a file, and tells one that is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bootstrap-'));
    try {
      const file = join(folder, 'file.json');
      await writeFile(file, '\uFEFF{"organizations": []}');
      expect(await readBootstrap(file)).toEqual({ organizations: [] });
      await writeFile(file, '{"clientSecret": "hunter2" oops');
      await expect(readBootstrap(file)).rejects.toThrow(/file\.json: is no JSON$/);
      await expect(readBootstrap(join(folder, 'other.json'))).rejects.toThrow(/other\.json: cannot be read/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
