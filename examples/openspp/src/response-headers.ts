import { definePlugin, type Plugin } from '@sallyport/core';
import { lastDecision } from './policies/consent-mask.ts';
import { needsConsent } from './rules/caller.ts';
import type { ConsentKind } from './rules/consents.ts';

/** Resources whose single reads tell on what ground they were allowed (contract §8.3). */
const personal: ReadonlySet<string> = new Set(['individual', 'group', 'program_membership']);

/** The version on every response, errors included (F10), and the ground of single reads of registrants (B-064). */
export function responseHeaders(version: string): Plugin {
  return definePlugin({
    name: 'openspp.headers',
    documentation: {
      headers: {
        'X-API-Version': { description: 'The exact version of the API.', schema: { type: 'string' }, required: true },
      },
    },
    hooks: {
      onResponse(response, _request, call) {
        response.setHeader('x-api-version', version);
        if (call?.operation !== 'read' || response.status >= 400 || !personal.has(call.resource ?? '')) return;
        if (!needsConsent(call)) {
          response.setHeader('x-consent-status', 'legal_basis');
          return;
        }
        const decision = lastDecision(call, call.resource as ConsentKind);
        if (decision === undefined) return;
        response.setHeader('x-consent-status', decision.status === 'given' ? 'active' : decision.status);
        response.setHeader('x-consent-scope', decision.resourceType);
      },
    },
  });
}
