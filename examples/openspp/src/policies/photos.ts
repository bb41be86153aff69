import { type CallContext, type Policy, type RouteCall, SallyportError } from '@sallyport/core';
import { searchBodyOf } from '@sallyport/plugins/filters';

const field = 'photo';
/** Most records of a page with photos: with the limit of one photo, the limit of the page. */
export const photoPageLimit = 20;

/** A call on its route; policies are asked of the program's own calls too, and those search nothing. */
const searching = (call: CallContext): call is RouteCall =>
  call.operation === 'search' && call.resource === 'individual';

function asksForPhotos({ parameters }: RouteCall): boolean {
  const { _elements: names } = parameters;
  return typeof names === 'string' && names.split(',').some((name) => name.trim() === field);
}

/**
 * A photo may have megabytes. A page shows photos to who names them in `_elements`, and is then short; a read of one
 * person shows the photo without being asked (contract §9.5, §9.7).
 */
export const photosOnRequest: Policy = {
  name: 'photos-on-request',
  prepare(call) {
    if (!searching(call) || !asksForPhotos(call)) return;
    const { _count: inAddress } = call.parameters;
    const limit = inAddress ?? searchBodyOf(call)?.pagination?.count;
    if (typeof limit !== 'number' || limit <= photoPageLimit) return;
    const [place, path] =
      inAddress === undefined ? (['body', ['pagination', 'count']] as const) : (['query', ['_count']] as const);
    const message = `A page with photos has ${photoPageLimit} records at most.`;
    throw new SallyportError('invalid_parameter', {
      detail: message,
      issues: [{ in: place, path, code: 'maximum', message, expected: photoPageLimit, input: limit }],
    });
  },
  fields(call) {
    if (!searching(call) || asksForPhotos(call)) return undefined;
    return withoutPhoto(call);
  },
};

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
