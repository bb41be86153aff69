import type { JsonSchema } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { testSetup } from '../../test-support/calls.ts';
import { arrange } from '../../test-support/token-endpoint.ts';
import { introspectionEndpoint, revocationEndpoint, tokenEndpoint } from '../index.ts';
import type { CredentialOptions } from './credentials.ts';
import { grantBody, presentedTokenBody } from './request-bodies.ts';

const [form, json, multipart] = [
  'application/x-www-form-urlencoded',
  'application/json',
  'multipart/form-data',
] as const;
const [secrets, assertion] = [
  ['client_id', 'client_secret'],
  ['client_assertion', 'client_assertion_type'],
] as const;

/** What a body takes in each media type, and what of it must be there. */
const told = (content: Readonly<Record<string, JsonSchema>>) =>
  Object.fromEntries(
    Object.entries(content).map(([type, { properties, required }]) => [
      type,
      { takes: Object.keys(properties as object), needs: required },
    ]),
  );

const [grant, scope] = ['grant_type', 'scope'] as const;
const byBasic = (...more: string[]) => ({ takes: [grant, scope, ...more], needs: [grant] });

describe('the body of a request for a token, in each way that credentials may come', () => {
  it.each<[string, CredentialOptions, object]>([
    ['unless said', {}, { [form]: byBasic(...secrets) }],
    ['Basic alone', { ways: ['basic'] }, { [form]: byBasic() }],
    ['a form alone', { ways: ['form'] }, { [form]: { takes: [grant, scope, ...secrets], needs: [grant, ...secrets] } }],
    [
      'all that carry a secret',
      { ways: ['basic', 'form', 'json', 'multipart'] },
      { [form]: byBasic(...secrets), [json]: byBasic(...secrets), [multipart]: byBasic(...secrets) },
    ],
    ['Basic beside JSON', { ways: ['basic', 'json'] }, { [json]: byBasic(...secrets) }],
    [
      'an assertion alone',
      { ways: ['assertion'] },
      { [form]: { takes: [grant, scope, 'client_id', ...assertion], needs: [grant, ...assertion] } },
    ],
    [
      'an assertion, or a secret in JSON',
      { ways: ['json', 'assertion'] },
      {
        [form]: { takes: [grant, scope, 'client_id', ...assertion], needs: [grant, ...assertion] },
        [json]: byBasic(...secrets, ...assertion),
      },
    ],
    ['an assertion, or Basic', { ways: ['basic', 'assertion'] }, { [form]: byBasic('client_id', ...assertion) }],
  ])('%s', (_, credentials, content) => {
    expect(told(grantBody(credentials))).toEqual(content);
  });

  it('needs no grant type where it is assumed, and has no scope where none is read', () => {
    expect(told(grantBody({ absentGrantType: 'assume' }, 'ignore'))).toEqual({
      [form]: { takes: [grant, ...secrets], needs: undefined },
    });
    expect(told(grantBody({ absentGrantType: 'assume-without-body' }))).toEqual({ [form]: byBasic(...secrets) });
  });
});

it('is that of a request about a token, for revocation and introspection', () => {
  const about = ['token', 'token_type_hint'];
  expect(told(presentedTokenBody({ ways: ['json'] }))).toEqual({
    [json]: { takes: [...about, ...secrets], needs: ['token', ...secrets] },
  });
  expect(told(presentedTokenBody())).toEqual({ [form]: { takes: [...about, ...secrets], needs: ['token'] } });
});

it('is what the routes tell', () => {
  const credentials = { ways: ['basic', 'json'] } as const;
  const { tokens, ...given } = { ...arrange().options, credentials };
  const contents = [
    tokenEndpoint({ ...given, tokens, scopeParameter: 'ignore' }),
    revocationEndpoint({ ...given, tokens: [tokens] }),
    introspectionEndpoint({ ...given, tokens: [tokens] }),
  ].map((plugin) => plugin.routes?.({} as never, testSetup())[0]?.body?.content);
  const presented = presentedTokenBody(credentials);
  expect(contents).toEqual([grantBody(credentials, 'ignore'), presented, presented]);
});
