import type {
  FieldBuilder,
  FieldCodec,
  FieldDefinition,
  ReferenceFault,
  RouteCall,
  SallyportError,
  ToManyProperty,
  ToOneProperty,
  WriteContext,
} from '@sallyport/core';
import { parseReference, where } from '@sallyport/core';
import type { Identifier, ProgramMembership } from '../entities/index.ts';
import { fault, type OpenSppErrorCode } from '../errors.ts';
import { deny } from '../policies/membership.ts';
import { needsConsent } from '../rules/caller.ts';
import { periodSchema } from './constants.ts';

/** How a reference of the body fails: `[E5]` to `[E10]`. */
function faults(codes: Readonly<Record<ReferenceFault, OpenSppErrorCode>>) {
  return (reason: ReferenceFault, reference: string): SallyportError => fault(codes[reason], { reference });
}

/** A reference that is given when the record is made; a later write must name the same record, or `changed` it is. */
function fixedReference(definition: FieldDefinition, property: string, changed: OpenSppErrorCode): FieldDefinition {
  const codec: FieldCodec = {
    kind: definition.codec.kind,
    compile(context) {
      const compiled = definition.codec.compile(context);
      const { write } = compiled;
      return {
        ...compiled,
        async write(entity, value, writing) {
          if (writing.creating) return named(writing, async () => write?.(entity, value, writing));
          const before = entity[property];
          const reference = (value as { readonly reference?: string } | null)?.reference ?? '';
          if (await names(reference, before, writing)) return;
          try {
            await write?.(entity, value, writing);
          } catch (error) {
            // One that cannot be found is another one all the same; what cannot be read is told as such.
            if ((error as SallyportError).code.endsWith('_malformed')) throw error;
            throw fault(changed, { reference }, { cause: error });
          }
          if (entity[property] !== before) throw fault(changed, { reference });
        },
      };
    },
  };
  return { ...definition, codec };
}

/** Names somebody; to a client that needs consents, who is unknown or may not be named is no more than refused. */
async function named({ call }: WriteContext, name: () => Promise<void>): Promise<void> {
  try {
    await name();
  } catch (error) {
    const unknown: OpenSppErrorCode = 'membership_beneficiary_not_found';
    if ((error as SallyportError).code === unknown && needsConsent(call)) return deny(call, error);
    throw error;
  }
}

/**
 * Whether a reference names the record that is there, whether or not the writer may read it: writes need no consent (K23),
 * and that it is this one it knows from the address.
 */
async function names(reference: string, present: unknown, { unit, call }: WriteContext): Promise<boolean> {
  const named = parseReference(reference, { types: Object.keys(resourceOfReference), identifier: true, decode: true });
  const resource = resourceOfReference[named?.type ?? ''];
  const { id } = (present ?? {}) as { readonly id?: number };
  if (named === undefined || resource === undefined || id === undefined) return false;
  // A write is a call on its route.
  const records = (call as RouteCall).records(resource);
  const on = where<{ id: number }>(records.plan.model);
  const same = on.and(on.eq('id', id), records.plan.own(call), records.named(named.key));
  return (await unit.count(records.plan.model, same, 'exact')) > 0;
}

const resourceOfReference: Readonly<Record<string, string>> = {
  Individual: 'individual',
  Group: 'group',
  Program: 'program',
};

export function membershipProgram(f: FieldBuilder<ProgramMembership>): FieldDefinition {
  const error = faults({
    type: 'membership_program_reference_malformed',
    malformed: 'membership_program_identifier_malformed',
    unresolved: 'membership_program_not_found',
    ambiguous: 'membership_program_not_found',
  });
  const reference = f.reference('program', {
    resources: ['program'],
    display: 'name',
    error,
    description: 'The program: Program/system|value. It does not change.',
  });
  return fixedReference(reference, 'program', 'membership_program_fixed');
}

export function membershipBeneficiary(f: FieldBuilder<ProgramMembership>): FieldDefinition {
  const error = faults({
    type: 'membership_beneficiary_reference_malformed',
    malformed: 'membership_beneficiary_identifier_malformed',
    unresolved: 'membership_beneficiary_not_found',
    ambiguous: 'identifier_ambiguous',
  });
  const reference = f.reference('registrant', {
    description: 'Who is in the program: Individual/system|value or Group/system|value. It does not change.',
    resources: ['individual', 'group'],
    display: 'name',
    hidden: 'reference',
    error,
  });
  return fixedReference(reference, 'registrant', 'membership_beneficiary_fixed');
}

const text = (description: string) => ({ type: 'string', description }) as const;

/** The beneficiary's live identifiers (contract §12.1): a list behind a to-one relation, for reading only. */
export function beneficiaryIdentifiers(f: FieldBuilder<ProgramMembership>): FieldDefinition {
  return f.codec(
    {
      kind: 'list',
      compile({ model }) {
        // Both are declared on the entities.
        const registrant = model.properties.get('registrant') as ToOneProperty;
        const identifiers = registrant.target.properties.get('identifiers') as ToManyProperty;
        const property = (name: string) => identifiers.target.properties.get(name);
        const type = property('type') as ToOneProperty;
        const where_ = where<Identifier>(identifiers.target);
        const key = identifiers.target.primaryKey;
        return {
          output: {
            type: 'array',
            items: {
              type: 'object',
              properties: {
                system: text('Kind of identifier: a URI.'),
                value: text('The identifier itself.'),
                period: { ...periodSchema, type: ['object', 'null'], description: 'Not known: always null.' },
              },
              required: ['system', 'value'],
            },
          },
          input: undefined,
          nullable: true,
          required: false,
          unset: null,
          read(selection, { nulls }) {
            const rows = selection.toOne(registrant).toMany(
              identifiers,
              {
                where: () => where_.ne('status', 'invalid'),
                order: [{ property: key, through: [], direction: 'desc' }],
              },
              (each) => {
                const system = each.toOne(type).column(type.target.properties.get('uri') as never);
                const value = each.column(property('value') as never);
                const period = nulls === 'print' ? { period: null } : {};
                return (row) => ({ system: system(row), value: value(row), ...period });
              },
            );
            return (row) => {
              const list = rows(row);
              return list.length === 0 ? undefined : list;
            };
          },
        };
      },
    },
    {
      description: 'Identifiers of the beneficiary, the newest first; one of them, system|value, is the key.',
      always: true,
      write: false,
    },
  );
}
