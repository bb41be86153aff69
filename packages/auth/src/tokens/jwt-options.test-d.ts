import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { jwksEndpoint, jwtTokens, opaqueTokens } from '../index.ts';

const issuer = 'https://example.org';
const { privateKey } = generateKeyPairSync('ed25519');
const pair = {} as { privateKey: webcrypto.CryptoKey; publicKey: webcrypto.CryptoKey };

jwtTokens({ algorithm: 'HS256', key: 'text', issuer });
jwtTokens({ algorithm: 'HS256', key: [{ kid: 'a', secret: 'text', notBefore: new Date() }], issuer });
jwtTokens({ algorithm: 'HS256', key: async () => [{ kid: 'a', secret: 'text' }], issuer, keyRefreshSeconds: 5 });
jwtTokens({ algorithm: 'EdDSA', key: privateKey, issuer });
jwtTokens({ algorithm: 'ES256', key: [{ key: pair }, { key: { kty: 'EC' } }, { key: 'pem' }], issuer });
jwtTokens({ algorithm: 'ES256', key: async (signal) => (signal.aborted ? 'pem' : [{ key: 'pem' }]), issuer });

// @ts-expect-error: R36, one algorithm
jwtTokens({ algorithm: ['HS256', 'ES256'], key: 'text', issuer });
// @ts-expect-error: R36
jwtTokens({ algorithm: 'none', key: 'text', issuer });
// @ts-expect-error: R37, a key pair is no secret
jwtTokens({ algorithm: 'HS256', key: privateKey, issuer });
// @ts-expect-error: R37, bytes do not say what they are
jwtTokens({ algorithm: 'ES256', key: new Uint8Array(32), issuer });
// @ts-expect-error: secrets stand under `secret`, key pairs under `key`
jwtTokens({ algorithm: 'ES256', key: [{ secret: 'text' }], issuer });
// @ts-expect-error: no issuer
jwtTokens({ algorithm: 'ES256', key: 'pem' });

jwksEndpoint({ tokens: jwtTokens({ algorithm: 'ES256', key: 'pem', issuer }) });
jwksEndpoint({ keys: { algorithm: 'ES256', key: 'pem' } });
// @ts-expect-error: opaque tokens have no keys
jwksEndpoint({ tokens: opaqueTokens() });
// @ts-expect-error: secrets are never published
jwksEndpoint({ keys: { algorithm: 'HS256', key: 'text' } });
// @ts-expect-error: whose keys?
jwksEndpoint({});
