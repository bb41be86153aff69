export * from './administration/index.ts';
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
export {
  AuthAuditService,
  type AuthAuditTrail,
  auditTrailOf,
  logAuditTrail,
  memoryAuditTrail,
} from './audit/audit-trail.ts';
export type { AuthEvent, AuthEventType } from './audit/auth-event.ts';
export { AuthEventEntry } from './audit/entities.ts';
export { type AuthAuditOptions, authAudit } from './audit/plugin.ts';
export { createSqlAuditTrail } from './audit/sql-trail.ts';
export type { Change } from './changes/change.ts';
export { type ChangeFeed, ChangeFeedService, type ChangeListener, type FeedLog } from './changes/change-feed.ts';
export { createMemoryChangeFeed } from './changes/memory-feed.ts';
export { changeFeed } from './changes/plugin.ts';
export { createRedisChangeFeed, type RedisChangeFeedOptions } from './changes/redis-feed.ts';
export type { PublishingIoRedis, PublishingNodeRedis, PublishingRedis } from './changes/redis-line.ts';
export { createSqlChangeFeed, type SqlChangeFeed, type SqlChangeFeedOptions } from './changes/sql-feed.ts';
export {
  type AuthenticatedClient,
  authenticateClient,
  type SecretAuthentication,
} from './clients/authenticate-client.ts';
export {
  type ClientApi,
  type ClientKeySet,
  type ClientLimits,
  type ClientRecord,
  type ClientStore,
  ClientStoreService,
  isLive,
  type StoredSecret,
} from './clients/client.ts';
export { createClientAdmin } from './clients/client-admin.ts';
export { clientAt } from './clients/client-at.ts';
export { createClientStore, type SqlClientStore, type SqlClientStoreOptions } from './clients/client-store.ts';
export { type ConfiguredClient, configuredClients } from './clients/configured.ts';
export { AuthClient, type AuthClientRow, type SecretRow } from './clients/entities.ts';
export { createMemoryClientStore, type MemoryClientStore } from './clients/memory-store.ts';
export { type ClientsOptions, clients } from './clients/plugin.ts';
export { isIssuedSecret, issueSecret, type SecretEnvironment } from './clients/secret.ts';
export {
  describeStoredSecret,
  type SecretForm,
  type SecretScheme,
  type SlowScheme,
} from './clients/secret-forms.ts';
export {
  createSecretHasher,
  type SecretHasher,
  type SecretHasherOptions,
  SecretHasherService,
} from './clients/secret-hasher.ts';
export type { AsymmetricAlgorithm, JwtAlgorithm } from './keys/algorithms.ts';
export type { KeyMaterial, KeyPair } from './keys/key-material.ts';
export type { AsymmetricKey, BoundKey, KeyRing, KeyTimes } from './keys/key-ring.ts';
export type { KeySet, KeySource } from './keys/key-set.ts';
export type { NativeRow, SqlOrm } from './lib/native-query.ts';
export { Redacted } from './lib/redacted.ts';
export type { RateWindow } from './limits/decision.ts';
export { AuthRate, AuthRateCount } from './limits/entities.ts';
export { type Insurance, insuredRateLimiter } from './limits/insured.ts';
export { createMemoryRateLimiter, type MemoryRateLimiterOptions } from './limits/memory.ts';
export { createRedisRateLimiter, type RedisRateLimiter, type RedisRateLimiterOptions } from './limits/redis.ts';
export type { IoRedisClient, NodeRedisClient, RedisClient } from './limits/redis-client.ts';
export { createSqlRateLimiter, type SqlRateLimiterOptions } from './limits/sql.ts';
export type { ClientAssertionOptions } from './oauth/client-assertions.ts';
export type { ClientEndpointOptions } from './oauth/client-endpoint.ts';
export type { ClientFailureLimit } from './oauth/client-guesses.ts';
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
export { defaultTokenLimits, type NetworkLimit, type TokenRateLimit } from './oauth/token-limits.ts';
export { type WellKnownName, type WellKnownOptions, wellKnownUrl } from './oauth/well-known.ts';
export * from './sessions/index.ts';
export {
  type ApiKeyAdmin,
  type ApiKeyAdminOptions,
  type ApiKeyInfo,
  createApiKeyAdmin,
  type IssuedApiKey,
  type NewApiKey,
} from './strategies/api-key/admin.ts';
export { type ApiKeysOptions, apiKeys } from './strategies/api-key/api-keys.ts';
export { AuthApiKey } from './strategies/api-key/entities.ts';
export { isIssuedApiKey } from './strategies/api-key/key.ts';
export { createApiKeyStore } from './strategies/api-key/sql-store.ts';
export {
  type ApiKeyStore,
  type ApiKeyUse,
  createMemoryApiKeyStore,
  type StoredApiKey,
} from './strategies/api-key/store.ts';
export { type BearerOptions, bearer, bearerError, bearerStrategy } from './strategies/bearer.ts';
export { BearerFault, type BearerFaultKind, type RefusalReason, refusalReasons } from './strategies/bearer-fault.ts';
export type { CallerAnswer } from './strategies/caller-guard.ts';
export { type CustomRequest, type CustomStrategyOptions, customStrategy } from './strategies/custom/custom-strategy.ts';
export type { ForeignCaller, ForeignCallerOptions, ForeignClaims } from './strategies/foreign/foreign-caller.ts';
export { type ForeignJwtOptions, foreignJwt, type ProvenToken } from './strategies/foreign-jwt/foreign-jwt.ts';
export type { ForeignKeyPlace } from './strategies/foreign-jwt/key-source.ts';
export type { ForeignAlgorithm } from './strategies/foreign-jwt/remote-key.ts';
export { type PublicAccountOptions, publicAccount } from './strategies/public-account.ts';
export type { IntrospectionCredentials } from './strategies/remote-introspection/client-credentials.ts';
export {
  type RemoteIntrospectionOptions,
  remoteIntrospection,
} from './strategies/remote-introspection/remote-introspection.ts';
export {
  type Caller,
  type CallerVerifier,
  defineForeignTokenKind,
  type ForeignTokenKind,
  type VerifiedCaller,
} from './strategies/verified-caller.ts';
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
