import { describe, expect, it } from 'vitest';
import { basic, formType } from '../../test-support/calls.ts';
import { type CredentialOptions, readTokenRequest } from './credentials.ts';

/** Reads a request and answers it in short: `id/secret/grant`, or the code of the fault. */
async function read(
  options: CredentialOptions,
  authorization: string | undefined,
  contentType?: string,
  body?: string | Uint8Array,
): Promise<string> {
  const sent =
    body === undefined
      ? ({ kind: 'none' } as const)
      : { kind: 'bytes' as const, contentType, bytes: typeof body === 'string' ? Buffer.from(body) : body };
  try {
    const request = await readTokenRequest(authorization, sent, options);
    if (request.assertion !== undefined) throw new Error('no assertion was sent');
    return [request.clientId, request.secret.reveal(), request.grantType ?? '-', request.scope]
      .filter(Boolean)
      .join('/');
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const grant = 'grant_type=client_credentials';
const json = 'application/json';

describe('strictly by RFC 6749', () => {
  const strict = (authorization?: string, contentType?: string, body?: string) =>
    read({}, authorization, contentType, body);

  it('R2: takes id and secret of Basic form-urlencoded, in any case of the scheme (R6)', async () => {
    const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
    const header = basic('cl:ient+1', 's%e c:ret+/&=x', encode);
    expect(await strict(header, formType, grant)).toBe('cl:ient+1/s%e c:ret+/&=x/client_credentials');
    expect(await strict(header.replace('Basic', 'bAsIc'), `${formType};charset=UTF-8`, grant)).toContain('cl:ient+1/');
    expect(await strict(`Basic ${btoa('a:b').replace('=', '')}`, formType, grant)).toBe('a/b/client_credentials');
  });

  it.each([
    ['a bad escape', `Basic ${btoa('a:%E0%A4%A')}`],
    ['no base64', 'Basic !!!'],
    ['no colon', 'Basic YQ=='],
    ['no secret', `Basic ${btoa('a:')}`],
    ['no id', `Basic ${btoa(':b')}`],
    ['no value', 'Basic'],
    ['bytes that are no UTF-8', `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`],
    ['base64 with spare bits', 'Basic YTpiYx=='],
    ['two of them', `Basic ${btoa('a:b')}, Basic ${btoa('a:b')}`],
  ])('R3: refuses %s', async (_, header) => {
    expect(await strict(header, formType, grant)).toBe('request_malformed');
    expect(await read({ multiple: 'form-over-basic' }, header, formType, grant)).toBe('credentials_missing');
  });

  it('R4, R5: takes one way, and only one', async () => {
    const both = `${grant}&client_id=a&client_secret=b`;
    expect(await strict(undefined, formType, both)).toBe('a/b/client_credentials');
    expect(await strict(basic('a', 'b'), formType, both)).toBe('request_malformed');
    expect(await strict(basic('a', 'c'), formType, both)).toBe('request_malformed');
    expect(await strict(basic('a', 'b'), formType, `${grant}&client_id=other`)).toBe('request_malformed');
    expect(await strict(basic('a', 'b'), formType, `${grant}&client_id=a`)).toBe('a/b/client_credentials');
    expect(await strict(basic('a', 'b'), formType, `${grant}&client_assertion=x`)).toBe('request_malformed');
    expect(await strict('Bearer x', formType, both)).toBe('request_malformed');
    expect(await strict('Bearer x', formType, grant)).toBe('credentials_missing');
    expect(await strict(undefined, formType, grant)).toBe('credentials_missing');
    expect(await strict(undefined, formType, `${grant}&client_id=a`)).toBe('credentials_missing');
    expect(await strict(undefined)).toBe('credentials_missing');
  });

  it.each(['grant_type=x', 'scope=a&scope=b', 'client_id[]=x', 'scope[0]=x', 'foo=1&foo=2'])(
    'R7: refuses repetition: %s',
    async (extra) => {
      expect(await strict(basic('a', 'b'), formType, `${grant}&${extra}`)).toBe('request_malformed');
    },
  );

  it('R8: takes empty for left out, and ignores what it does not know', async () => {
    expect(await strict(basic('a', 'b'), formType, `${grant}&scope=&foo=bar`)).toBe('a/b/client_credentials');
    expect(await strict(basic('a', 'b'), formType, 'grant_type=')).toBe('a/b/-');
    expect(await strict(basic('a', 'b'))).toBe('a/b/-');
  });

  it.each([
    [json, '{"grant_type":"client_credentials","client_id":"a","client_secret":"b"}'],
    [undefined, `${grant}&client_id=a&client_secret=b`],
    ['text/plain', `${grant}&client_id=a&client_secret=b`],
    [`${formType};charset=iso-8859-1`, `${grant}&client_id=a&client_secret=b`],
    [`${formType} garbage`, `${grant}&client_id=a&client_secret=b`],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'],
    [formType, 'client_id=%E0%A4%A'],
    [formType, 'client_id=%00'],
  ])('R9: refuses a body of type %s', async (type, body) => {
    expect(await strict(undefined, type, body)).toBe('request_malformed');
    expect(await strict(basic('a', 'b'), type, body)).toBe('request_malformed');
  });
});

describe('Basic that is urlencoded or not', () => {
  const either: CredentialOptions = { basicEncoding: 'either' };
  const both = async (id: string, secret: string) => {
    const header = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const request = await readTokenRequest(header, { kind: 'none' }, either);
    if (request.assertion !== undefined) throw new Error('no assertion was sent');
    const { clientId, secret: sent, decoded } = request;
    return [clientId, sent.reveal(), decoded?.clientId, decoded?.secret.reveal()];
  };

  it('takes it as it stands, and names what it would be decoded', async () => {
    expect(await both('a-b', 's_t')).toEqual(['a-b', 's_t', undefined, undefined]);
    expect(await both('a%2Db', 's%5Ft+')).toEqual(['a%2Db', 's%5Ft+', 'a-b', 's_t ']);
    expect(await both('a', '100%')).toEqual(['a', '100%', undefined, undefined]);
    await expect(both('', 's')).rejects.toMatchObject({ code: 'request_malformed' });
  });
});

describe('as OpenSPP takes them (3.1)', () => {
  const options: CredentialOptions = {
    ways: ['basic', 'form', 'json'],
    multiple: 'form-over-basic',
    absentGrantType: 'assume-without-body',
    basicEncoding: 'raw',
  };
  const openspp = (authorization?: string, contentType?: string, body?: string) =>
    read(options, authorization, contentType, body);
  const header = basic('h', 's', (text) => text);
  const full = '{"grant_type":"client_credentials","client_id":"a","client_secret":"b"}';

  it('B-023 to B-028: in every way, the body over the header', async () => {
    expect(await openspp(undefined, json, full)).toBe('a/b/client_credentials');
    expect(await openspp(undefined, 'text/plain', full)).toBe('a/b/client_credentials');
    expect(await openspp(undefined, undefined, full)).toBe('a/b/client_credentials');
    expect(await openspp(undefined, formType, `${grant}&client_id=a&client_secret=b`)).toBe('a/b/client_credentials');
    expect(await openspp(header, formType, grant)).toBe('h/s/client_credentials');
    expect(await openspp(header)).toBe('h/s/client_credentials');
    expect(await openspp(header, formType, '')).toBe('h/s/client_credentials');
    expect(await openspp(header, formType, `${grant}&client_id=a&client_secret=b`)).toBe('a/b/client_credentials');
    expect(await openspp(header, formType, `${grant}&client_id=a&client_secret=`)).toBe('a/s/client_credentials');
    expect(await openspp(header, json, full)).toBe('a/b/client_credentials');
    expect(await openspp(header, json, '{"client_id":"a","client_secret":"b"}')).toBe('h/s/client_credentials');
    expect(await openspp(header, json, '{"client_id":"a","client_secret":"b","grant_type":1}')).toBe(
      'h/s/client_credentials',
    );
    expect(await openspp(header, json, '{broken')).toBe('h/s/client_credentials');
    expect(await openspp(basic('h', 's+1%20', (text) => text))).toBe('h/s+1%20/client_credentials');
    expect(await openspp('Basic !!!', json, full)).toBe('a/b/client_credentials');
  });

  it('B-029: nothing usable', async () => {
    for (const body of ['', '{broken', '[]', '1', '{}', '{"grant_type":"client_credentials"}']) {
      expect(await openspp(undefined, json, body)).toMatch(/^(request_malformed|credentials_missing)$/);
    }
    expect(await openspp(undefined, formType, grant)).toBe('credentials_missing');
    expect(await openspp('Basic !!!')).toBe('credentials_missing');
    expect(await openspp()).toBe('credentials_missing');
  });

  it('B-030: a form without a grant type does not get one', async () => {
    expect(await openspp(undefined, formType, 'client_id=a&client_secret=b')).toBe('a/b/-');
    expect(await openspp(header, formType, 'scope=x')).toBe('h/s/-/x');
    expect(await openspp(undefined, json, full.replace('client_credentials', 'password'))).toBe('a/b/password');
  });
});

describe('as Secure API takes them', () => {
  const options: CredentialOptions = { ways: ['basic', 'form', 'json', 'multipart'], absentGrantType: 'assume' };
  const part = (name: string, value: string, more = '') =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const multipart = 'multipart/form-data; boundary=b';

  it('by curl -F, urlencoded, JSON and Basic, with the grant type assumed', async () => {
    const fields = `${part('client_id', 'a')}${part('client_secret', 'b')}--b--\r\n`;
    expect(await read(options, undefined, multipart, fields)).toBe('a/b/client_credentials');
    expect(await read(options, undefined, formType, 'client_id=a&client_secret=b')).toBe('a/b/client_credentials');
    expect(await read(options, undefined, json, '{"client_id":"a","client_secret":"b","scope":"x"}')).toBe(
      'a/b/client_credentials/x',
    );
    expect(await read(options, basic('a', 'b'))).toBe('a/b/client_credentials');
    expect(await read(options, undefined, formType, 'client_id=a&client_secret=b&grant_type=password')).toBe(
      'a/b/password',
    );
  });

  it('by what FormData makes', async () => {
    const data = new FormData();
    data.set('client_id', 'a');
    data.set('client_secret', 'b');
    data.set('scope', 'read');
    const response = new Response(data);
    const type = response.headers.get('content-type') ?? '';
    expect(await read(options, undefined, type, await response.bytes())).toBe('a/b/client_credentials/read');
  });

  it.each([
    ['a repeated field', `${part('client_id', 'a')}${part('client_id', 'c')}${part('client_secret', 'b')}--b--\r\n`],
    ['a file', `${part('client_id', 'a')}${part('client_secret', 'b', '; filename="x"')}--b--\r\n`],
    ['a long field', `${part('client_id', 'a')}${part('client_secret', 'b'.repeat(3000))}--b--\r\n`],
    ['too many fields', `${Array.from({ length: 40 }, (_, index) => part(`f${index}`, 'x')).join('')}--b--\r\n`],
    ['no end', part('client_id', 'a')],
    ['no part', 'client_id=a'],
    ['an empty form', '--b--\r\n'],
  ])('refuses %s', async (_, body) => {
    expect(await read(options, undefined, multipart, body)).toMatch(/^(request_malformed|credentials_missing)$/);
    expect(await read(options, undefined, 'multipart/form-data', body)).toBe('request_malformed');
  });

  it.each([
    '{"client_id":"a","client_id":"c","client_secret":"b"}',
    '{"client_id":"a","client_secret":1}',
    '{"client_id":"a","client_secret":null}',
    '{"__proto__":{"client_id":"a","client_secret":"b"}}',
    '["a","b"]',
    '"a"',
    `${'['.repeat(4000)}`,
  ])('refuses JSON %s', async (body) => {
    expect(await read(options, undefined, json, body)).toBe('request_malformed');
  });
});

it('reads bodies that a host had parsed', async () => {
  const form = {
    kind: 'form',
    fields: [
      ['client_id', 'a'],
      ['client_secret', 'b'],
    ],
  } as const;
  expect((await readTokenRequest(undefined, form)).clientId).toBe('a');
  const value = { kind: 'json', value: { client_id: 'a', client_secret: 'b' } } as const;
  await expect(readTokenRequest(undefined, value)).rejects.toMatchObject({ code: 'request_malformed' });
  expect((await readTokenRequest(undefined, value, { ways: ['json'] })).clientId).toBe('a');
});

it('does not show the secret to logs', async () => {
  const form = {
    kind: 'form',
    fields: [
      ['client_id', 'a'],
      ['client_secret', 'hush-hush'],
    ],
  } as const;
  const request = await readTokenRequest(undefined, form);
  if (request.assertion !== undefined) throw new Error('no assertion was sent');
  expect(
    `${JSON.stringify(request)}${String(request.secret)}${(await import('node:util')).inspect(request)}`,
  ).not.toContain('hush');
});
