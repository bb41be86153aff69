import { SallyportError } from '@sallyport/core';

/** One answer for an unknown login, a wrong password, a disabled account and one without a password. */
export function invalidCredentials(): SallyportError {
  return new SallyportError('invalid_credentials', {
    status: 401,
    title: 'Login or password is wrong',
    detail: 'Login or password is wrong.',
  });
}

/** The cookie is none of ours, or its session has ended. Which of these is not told. */
export function invalidSession(): SallyportError {
  return new SallyportError('invalid_session', {
    status: 401,
    title: 'The session is not valid',
    detail: 'The session is not valid, or no longer. Log in.',
  });
}

/** The session's CSRF token is missing, or is another's. */
export function invalidCsrfToken(): SallyportError {
  return new SallyportError('csrf_token_invalid', {
    status: 403,
    title: 'The CSRF token is missing or wrong',
    detail: 'Send the CSRF token of the session in the header X-CSRF-Token.',
  });
}

/** A page of another origin has made the browser send the request. */
export function crossSiteRequest(): SallyportError {
  return new SallyportError('cross_site_request', {
    status: 403,
    title: 'Not allowed from another site',
    detail: 'A page of another origin may not send this.',
  });
}
