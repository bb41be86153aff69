import type { CallContext, Envelope, Outcome, ResponseDefinition, RouteDefinition } from '@sallyport/core';
import type { SessionCookie } from './cookie.ts';
import type { SessionDesk } from './desk.ts';
import type { SessionForm, SessionPaths } from './forms.ts';
import type { LiveSession } from './keeper.ts';

/** What the routes need besides the desk. */
export interface SessionRouteOptions {
  readonly name: string;
  readonly form: SessionForm;
  readonly paths: SessionPaths;
  readonly cookie: SessionCookie;
  readonly envelope: Envelope;
  readonly tags: readonly string[];
}

/** Most bytes of a login: a password of 1024 bytes fits, escaped as JSON may be. */
const bodyLimit = 16_384;

/** Login, logout and the session itself. Open to all, as they do their own authentication. */
export function sessionRoutes(desk: SessionDesk, options: SessionRouteOptions): readonly RouteDefinition[] {
  const { name, form, paths, cookie, envelope, tags } = options;
  const jsonOnly = { kinds: ['json'], limit: bodyLimit } as const;
  const asked = form.sessionMethod === 'POST' ? { body: jsonOnly } : {};
  const shown: ResponseDefinition = { description: 'The session.', schema: envelope.schemas.result(form.resultSchema) };
  const setCookie = (description: string) => ({
    headers: { 'Set-Cookie': { description, schema: { type: 'string' }, required: true } },
  });
  const busy = { 503: { description: 'Sessions cannot be judged at the moment.' } };
  const foreign = {
    403: { description: 'A page of another site has sent it, or the CSRF token is missing or wrong.' },
  };

  const answer = (call: CallContext, value: unknown, cookieHeader?: string): Outcome => ({
    kind: 'value',
    status: 200,
    value: envelope.result(value, call),
    headers: { 'cache-control': 'no-store', ...(cookieHeader === undefined ? {} : { 'set-cookie': cookieHeader }) },
  });
  const session = (call: CallContext, live: LiveSession, cookieHeader?: string): Outcome =>
    answer(call, form.told(live), cookieHeader);

  return [
    {
      method: 'POST',
      path: paths.login,
      name: `${name}.login`,
      scope: 'public',
      tags,
      summary: 'Log in',
      description: 'Opens a session, and gives its cookie. A session that the browser has already ends.',
      body: { ...jsonOnly, required: true, content: { 'application/json': form.requestSchema } },
      responses: {
        200: { ...shown, ...setCookie(`\`${cookie.name}\`, the session.`) },
        401: { description: 'Login or password is wrong.' },
        403: { description: 'A page of another site has sent it.' },
        429: { description: 'Too many logins; `Retry-After` tells when the next may come.' },
        ...busy,
      },
      async handle(call) {
        const live = await desk.logIn(call, form.credentials(call.body));
        return session(call, live, cookie.given(live.id));
      },
    },
    {
      method: 'POST',
      path: paths.logout,
      name: `${name}.logout`,
      scope: 'public',
      tags,
      summary: 'Log out',
      description: 'Ends the session, and takes its cookie away. Without a session it does nothing.',
      body: jsonOnly,
      responses: {
        200: {
          description: 'There is no session any more.',
          schema: envelope.schemas.result({ type: 'boolean', const: true }),
          ...setCookie('Takes the cookie away.'),
        },
        ...foreign,
        ...busy,
      },
      async handle(call) {
        await desk.logOut(call);
        return answer(call, true, cookie.taken);
      },
    },
    {
      method: form.sessionMethod,
      path: paths.session,
      name: `${name}.session`,
      scope: 'public',
      tags,
      summary: 'Read the session',
      description: 'Tells whose session it is, and its CSRF token. Counts as a use of it.',
      ...asked,
      responses: { 200: shown, 401: { description: 'There is no session, or it has ended.' }, ...busy },
      handle: async (call) => session(call, await desk.current(call)),
    },
  ];
}
