import { type CallContext, type Issue, type Policy, type RouteCall, SallyportError } from '@sallyport/core';
import { searchBodyOf } from '@sallyport/plugins/filters';
import { exportRoute, identifiersSent } from '../export.ts';

const field = 'photo';
/** Most records of a page with photos: with the limit of one photo, the limit of the page. */
export const photoPageLimit = 20;

/** A call on its route; policies are asked of the program's own calls too, and those search nothing. */
const searching = (call: CallContext): call is RouteCall =>
  call.operation === 'search' && call.resource === 'individual';

/** The read of an export, which may be of many people. */
const exporting = (call: CallContext): call is RouteCall =>
  call.resource === 'individual' && call.outer?.operation === exportRoute;

function asksForPhotos({ parameters }: RouteCall): boolean {
  const { _elements: names } = parameters;
  return typeof names === 'string' && names.split(',').some((name) => name.trim() === field);
}

/**
 * A photo may have megabytes. A page, or an export by identifiers, shows photos to who names them in `_elements`, and is
 * then short; a stream is as long as ever, since it holds few records at a time. A read of one person shows the photo without
 * being asked (contract §9.5, §9.7).
 */
export const photosOnRequest: Policy = {
  name: 'photos-on-request',
  prepare(call) {
    if (exporting(call) && asksForPhotos(call)) {
      // An export is a call on its route.
      const { length } = identifiersSent(call.outer as RouteCall) ?? [];
      if (length > photoPageLimit) throw tooManyPhotos(length, { in: 'body', path: ['identifiers'], code: 'too_many' });
    }
    if (!searching(call) || !asksForPhotos(call)) return;
    const { _count: inAddress } = call.parameters;
    const limit = inAddress ?? searchBodyOf(call)?.pagination?.count;
    if (typeof limit !== 'number' || limit <= photoPageLimit) return;
    const [place, path] =
      inAddress === undefined ? (['body', ['pagination', 'count']] as const) : (['query', ['_count']] as const);
    throw tooManyPhotos(limit, { in: place, path, code: 'maximum' });
  },
  fields(call) {
    if (!(searching(call) || exporting(call)) || asksForPhotos(call)) return undefined;
    return withoutPhoto(call);
  },
};

function tooManyPhotos(input: number, issue: Pick<Issue, 'in' | 'path' | 'code'>): SallyportError {
  const message = `An answer with photos has ${photoPageLimit} records at most.`;
  const issues = [{ ...issue, message, expected: photoPageLimit, input }];
  return new SallyportError('invalid_parameter', { detail: message, issues });
}

const shown = new WeakMap<object, ReadonlySet<string>>();

/** Every other field of a person; worked out once an API. */
function withoutPhoto(call: RouteCall): ReadonlySet<string> {
  const { members } = call.records('individual').plan;
  let names = shown.get(members);
  if (names === undefined) {
    names = new Set(members.map(({ name }) => name).filter((name) => name !== field));
    shown.set(members, names);
  }
  return names;
}
