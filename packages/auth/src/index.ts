export {
  type AssertionAuthentication,
  authenticateAssertion,
} from './assertions/authenticate-assertion.ts';
export {
  type AssertionRequest,
  assertionAlgorithms,
  type ClientAssertion,
  clientAssertionType,
  verifyClientAssertion,
} from './assertions/client-assertion.ts';
export { AuthUsedAssertion } from './assertions/entities.ts';
export { checkKeySet, registeredKeys } from './assertions/registered-keys.ts';
export {
  createMemoryUsedAssertions,
  createUsedAssertions,
  type UsedAssertions,
} from './assertions/used-assertions.ts';
export { type AuthenticatedClient, authenticateClient } from './clients/authenticate-client.ts';
export {
  type ClientKeySet,
  type ClientRecord,
  type ClientStore,
  ClientStoreService,
  isLive,
  type StoredSecret,
} from './clients/client.ts';
export {
  type ClientAdmin,
  createClientAdmin,
  type IssuedCredentials,
  type NewClient,
  type NewKeyedClient,
  type RotationOptions,
} from './clients/client-admin.ts';
export { createClientStore, type SqlClientStore } from './clients/client-store.ts';
export { type ConfiguredClient, configuredClients } from './clients/configured.ts';
export { AuthClient, type AuthClientRow, type SecretRow } from './clients/entities.ts';
export { createMemoryClientStore, type MemoryClientStore } from './clients/memory-store.ts';
export { type ClientsOptions, clients } from './clients/plugin.ts';
export { isIssuedSecret, issueSecret, type SecretEnvironment } from './clients/secret.ts';
export {
  createSecretHasher,
  type SecretHasher,
  type SecretHasherOptions,
  SecretHasherService,
  type SecretScheme,
} from './clients/secret-hasher.ts';
export type { AsymmetricAlgorithm, JwtAlgorithm } from './keys/algorithms.ts';
export type { KeyMaterial, KeyPair } from './keys/key-material.ts';
export type { AsymmetricKey, BoundKey, KeyRing, KeyTimes } from './keys/key-ring.ts';
export type { KeySet, KeySource } from './keys/key-set.ts';
export type { NativeRow, SqlOrm } from './lib/native-query.ts';
export { Redacted } from './lib/redacted.ts';
export { AuthRate } from './limits/entities.ts';
export { createMemoryRateLimiter } from './limits/memory.ts';
export { type RateDecision, type RateLimiter, RateLimiterService, type RateRule } from './limits/rate-limiter.ts';
export { createRedisRateLimiter, type RedisRateLimiter, type RedisRateLimiterOptions } from './limits/redis.ts';
export type { IoRedisClient, NodeRedisClient, RedisClient } from './limits/redis-client.ts';
export { createSqlRateLimiter } from './limits/sql.ts';
export type { ClientAssertionOptions } from './oauth/client-assertions.ts';
export type { ClientEndpointOptions } from './oauth/client-endpoint.ts';
export {
  type AssertionTokenRequest,
  type CredentialOptions,
  readTokenRequest,
  type SecretTokenRequest,
  type TokenRequest,
} from './oauth/credentials.ts';
export {
  type IntrospectedToken,
  type IntrospectionEndpointOptions,
  introspectionEndpoint,
} from './oauth/introspection-endpoint.ts';
export { isJwksRoute, type JwksContent, type JwksEndpointOptions, jwksEndpoint } from './oauth/jwks-endpoint.ts';
export { type ProtectedResourceMetadataOptions, protectedResourceMetadata } from './oauth/resource-metadata.ts';
export { type RevocationEndpointOptions, revocationEndpoint } from './oauth/revocation-endpoint.ts';
export { grantedScopes } from './oauth/scope.ts';
export {
  type AuthorizationServerDocument,
  type AuthorizationServerMetadataOptions,
  authorizationServerDocument,
  authorizationServerMetadata,
} from './oauth/server-metadata.ts';
export type { BodyWay } from './oauth/token-body.ts';
export { type TokenEndpointOptions, tokenEndpoint } from './oauth/token-endpoint.ts';
export { apiError, TokenFault, type TokenFaultCode, type TokenFaultDetails, tokenFaults } from './oauth/token-fault.ts';
export { defaultTokenLimits, type TokenRateLimit } from './oauth/token-limits.ts';
export { type WellKnownName, type WellKnownOptions, wellKnownUrl } from './oauth/well-known.ts';
export { type BearerOptions, bearer, bearerError, bearerStrategy } from './strategies/bearer.ts';
export { BearerFault, type BearerFaultKind } from './strategies/bearer-fault.ts';
export { type PublicAccountOptions, publicAccount } from './strategies/public-account.ts';
export { AuthRevokedToken, AuthToken } from './tokens/entities.ts';
export { type JwtTokenKind, jwtTokens } from './tokens/jwt.ts';
export {
  type AsymmetricJwtKeys,
  type AsymmetricJwtTokenOptions,
  accessTokenClaims,
  type HmacJwtKeys,
  type JwtKeys,
  type JwtTokenOptions,
  type SigningKey,
} from './tokens/jwt-options.ts';
export { type OpaqueTokenOptions, opaqueTokens } from './tokens/opaque.ts';
export { createMemoryRevocations, type RevocationStore } from './tokens/revocation.ts';
export { checkSigningSecret, type HmacAlgorithm } from './tokens/signing-secret.ts';
export { createRevocationStore, createTokenStore } from './tokens/sql-stores.ts';
export {
  defineTokenKind,
  type IssuedToken,
  type TokenClaims,
  type TokenGrant,
  type TokenIssuer,
  type TokenKind,
  type TokenService,
  type TokenSetup,
  type TokenVerifier,
  type VerifiedToken,
} from './tokens/token.ts';
export {
  createMemoryTokenStore,
  type FoundToken,
  type StoredToken,
  type TokenStore,
  TokenStoreService,
} from './tokens/token-store.ts';
