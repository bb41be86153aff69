import type { EachRead, Plan, Plugin, RouteCall } from '@sallyport/core';
import { type BulkExportOptions, type ExportedKind, kindsOf, type ReadyOptions, readyOptions } from './options.ts';
import { requestSchema, responseSchema } from './schemas.ts';

/** A request that its schema has let through. */
type Sent = Readonly<Record<string, unknown>>;

/**
 * The records that a list of keys names, in one answer: `POST /$bulk/export`. Each is read under all rules of its
 * resource's read, by a few statements in all; what cannot be read is told in its place, in the words of the resource.
 *
 * @example bulkExport({ resources: { Individual: 'individual' }, limit: 100 })
 * @throws ConfigurationError for a limit that is no number, and resources that are not read by their keys
 * @see docs/guides/exports.md
 */
export function bulkExport(options: BulkExportOptions = {}): Plugin {
  const ready = readyOptions(options);
  return {
    name: 'bulkExport',
    routes(plan) {
      const kinds = kindsOf(plan, ready.resources);
      const parameters = ready.parameters ?? parametersOf(kinds, plan);
      return [
        {
          method: 'POST',
          path: ready.path,
          name: 'bulkExport',
          scope: 'authenticated',
          summary: 'The records that a list of keys names',
          description: descriptionOf(kinds, ready),
          tags: ready.tags,
          body: { kinds: ['json'], required: true, schema: requestSchema(kinds, ready, parameters, plan) },
          responses: {
            200: { description: 'What each key names.', schema: plan.envelope.schemas.result(responseSchema(kinds)) },
          },
          handle: async (call) => ({
            kind: 'value',
            status: 200,
            value: plan.envelope.result(await exported(call, kinds, ready, parameters), call),
          }),
        },
      ];
    },
  };
}

/** The parameters that reads have by the API's query dialect. */
function parametersOf(kinds: ReadonlyMap<string, ExportedKind>, { dialect }: Plan): readonly string[] {
  const names = [...kinds.values()].flatMap(({ resource }) => dialect.readParameters(resource).map(({ name }) => name));
  return [...new Set(names)];
}

function descriptionOf(kinds: ReadonlyMap<string, ExportedKind>, { limit }: ReadyOptions): string {
  const needs = [...kinds].map(([kind, { read }]) => {
    const sets = read.requirement.alternatives.map((names) => names.map((name) => `\`${name}\``).join(' and '));
    return `${kind}: ${read.requirement.open ? 'nothing more' : sets.join(' or ') || 'nothing more'}`;
  });
  return `At most ${limit} keys. What reading needs is needed here: ${needs.join('; ')}.`;
}

async function exported(
  call: RouteCall,
  kinds: ReadonlyMap<string, ExportedKind>,
  { names }: ReadyOptions,
  parameters: readonly string[],
): Promise<unknown> {
  const sent = (call.body.kind === 'json' ? call.body.value : {}) as Sent;
  const keys = sent[names.keys] as readonly string[];
  // The schema lets no other kinds through.
  const { resource } = kinds.get(sent[names.kind] as string) as ExportedKind;
  const query = parameters.flatMap((name): [string, string][] => {
    const value = sent[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const found = await call.readEach({ resource: resource.name, keys, query });
  const successful = found.filter(({ error }) => error === undefined).length;
  return {
    total: keys.length,
    successful,
    failed: keys.length - successful,
    items: found.map((each, index) => ({ identifier: keys[index], ...itemOf(each) })),
  };
}

/** What became of a key. Texts are those that a read would be refused with. */
function itemOf({ value, error }: EachRead): object {
  if (error === undefined) return { status: 'success', resource: value };
  const { status, detail } = error;
  return { status: status === 404 ? 'not_found' : status === 403 ? 'access_denied' : 'error', error: detail };
}
