/** What all servers of the benchmark of authentication have in common: addresses, the scope, the answer. */

/** Where each server answers what. */
export const authPaths = {
  /** RFC 6749: `grant_type=client_credentials`, credentials by Basic. */
  token: '/oauth/token',
  /** RFC 7009. */
  revoke: '/oauth/revoke',
  /** RFC 7662. */
  introspect: '/oauth/introspect',
  /** Answers {@link constantAnswer} to everybody. */
  open: '/open',
  /** Answers the same to bearers of a token with {@link authScope}. */
  guarded: '/guarded',
} as const;

/** The scope that clients hold and the guarded route needs. */
export const authScope = 'thing:read';

/** What the two routes without a database answer. */
export const constantAnswer = { ok: true } as const;

/** How long a token lives, in seconds. */
export const tokenSeconds = 600;

/** The key that secrets are stored under; a deployment would take it from its environment. */
export const pepper = 'p3pper-0f-the-benchmark-ABCDEFGHIJKLMNOP-0123456789';

/** The network whose `X-Forwarded-For` is believed: the load comes over loopback. */
export const loopback = '127.0.0.0/8';
