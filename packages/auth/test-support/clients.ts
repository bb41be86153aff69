import { type ClientRecord, createSecretHasher, issueSecret, type SecretHasher } from '../src/index.ts';

export const pepper = 'p3pPer-of-the-tests-0123456789-abcdefghij';
export const signingSecret = 'a-signing-secret-of-the-tests-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ-zyxw';

export const testHasher = (): SecretHasher => createSecretHasher({ peppers: { current: 'k1', keys: { k1: pepper } } });

/** A client and the secret that opens it. */
export function testClient(hasher: SecretHasher, change: Partial<ClientRecord> = {}) {
  const secret = issueSecret('test');
  const clientId = change.clientId ?? 'client-one';
  const client: ClientRecord = {
    clientId,
    name: 'Client one',
    active: true,
    secrets: [{ id: 's1', hash: hasher.hash(clientId, secret) }],
    scopes: ['partner:read', 'partner:create'],
    epoch: 3,
    attributes: { organisation: 'north' },
    ...change,
  };
  return { client, secret, clientId };
}
