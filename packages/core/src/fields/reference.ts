import type { SallyportError } from '../errors/index.ts';
import { rowSight } from '../plan/masks.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { applyMask } from '../query/field-selection.ts';
import type { RowReader, Selection } from '../store/selection.ts';
import type { CodecContext, CompiledCodec, FieldCodec, ReadScope } from './codec.ts';
import { propertyOfKind, resolvePath, selectPath } from './property-path.ts';
import { verifyTarget } from './relation-filter.ts';
import { type ReferenceFault, referenceError, resolveKey } from './resolve.ts';

export interface ReferenceOptions {
  /** The resources that it may point to; each must be served from the relation's entity. */
  readonly resources: readonly string[];
  /**
   * A property of the target that is shown beside the reference, to callers who may read the target and the field of
   * this name ({@link displayField} where the field is named otherwise).
   */
  readonly display?: string;
  /** The target's field that shows the property of `display`. */
  readonly displayField?: string;
  /**
   * What is shown of a record that policies hide from the caller: nothing (`omit`, the default), or its `reference`
   * without a display, where the contract of an API has it so.
   */
  readonly hidden?: 'omit' | 'reference';
  /** Words a fault in the API's own terms. */
  readonly error?: (fault: ReferenceFault, value: string, path: readonly (string | number)[]) => SallyportError;
}

/** Decodes percent escapes once, as clients send references with and without; text that is no valid escape stays. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A to-one relation shown as `{ reference: 'Type/key', display }` (OpenSPP API V2 contract section 7.6). */
export function referenceCodec(name: string, options: ReferenceOptions): FieldCodec {
  return {
    kind: 'reference',
    compile(context: CodecContext): CompiledCodec {
      const relation = propertyOfKind(context.model, name, 'toOne', context.path);
      const display =
        options.display === undefined ? undefined : resolvePath(relation.target, options.display, context.path);
      const targets = () => options.resources.map((resource) => context.resource(resource));
      const properties = {
        reference: {
          type: 'string',
          description: 'The other record: its type, a slash, and its key.',
          examples: ['Type/system|value'],
        },
        display: { type: 'string', description: 'What people call it; for reading only.' },
      };
      return {
        output: {
          title: 'Reference',
          type: 'object',
          properties,
          required: ['reference'],
          additionalProperties: false,
        },
        input: {
          title: 'ReferenceInput',
          type: 'object',
          // What was printed may be sent back: its display is looked at by nobody.
          properties: { ...properties, display: { ...properties.display, type: ['string', 'null'] } },
          required: ['reference'],
        },
        nullable: relation.nullable,
        required: !relation.nullable,
        unset: context.representation.unset.toOne,
        property: relation,
        read(selection, scope) {
          const { fields, state } = scope;
          // Keys and displays are the other records' to change.
          state.varies = true;
          const readers = targets().map((target): RowReader<unknown> => {
            const joined = selection.toOne(relation, options.hidden === 'reference' ? target.present : target.visible);
            const key = target.key.read(joined);
            const shown =
              display !== undefined &&
              scope.mayRead(target.name) &&
              displays(target, options, scope.visible(target.name))
                ? displayed(
                    target,
                    { path: display, field: displayFieldOf(options) },
                    selection.toOne(relation, target.visible),
                    scope,
                  )
                : undefined;
            return (row) => {
              const text = key(row);
              if (text === undefined) return undefined;
              const reference = `${target.type}/${text}`;
              const label = shown?.(row) ?? undefined;
              return label === undefined ? { reference } : { reference, display: label };
            };
          });
          return (row) => {
            for (const read of readers) {
              const value = read(row);
              if (value !== undefined) return applyMask(value, fields);
            }
            return undefined;
          };
        },
        shows([first = '', ...rest], { call }) {
          if (rest.length > 0) return false;
          if (first === 'reference') return true;
          if (first !== 'display' || display === undefined) return false;
          return targets().some(
            (target) => target.readableBy(call) && displays(target, options, target.visibleFields(call)),
          );
        },
        verify() {
          for (const target of targets()) verifyTarget(relation, target, context.path);
        },
        async write(entity, value, writing) {
          if (value === null) {
            entity[name] = null;
            return;
          }
          const text = unescaped((value as { reference: string }).reference);
          const fault = (reason: ReferenceFault) =>
            options.error?.(reason, text, writing.path) ?? referenceError(reason, writing, text);
          const { target, key } = splitReference(targets(), text, fault);
          entity[name] = await resolveKey(target, key, writing, fault);
        },
      };
    },
  };
}

/** The display of a record that the caller may reach, unless a mask on its row hides the field that shows it. */
function displayed(
  target: ResourcePlan,
  { path, field }: { readonly path: ReturnType<typeof resolvePath>; readonly field: string },
  joined: Selection,
  { policies, state }: ReadScope,
): RowReader<string | null> {
  const read = selectPath<string | null>(joined, path);
  const applying = policies(target.name);
  if (target.alwaysShows(field) || !applying.some(({ mask }) => mask !== undefined)) return read;
  const shows = rowSight(applying, joined);
  return (row) => {
    const label = read(row);
    return label === null || state.call === undefined || !shows(field, row, state.call) ? null : label;
  };
}

function displayFieldOf({ display = '', displayField }: ReferenceOptions): string {
  return displayField ?? display.split('.')[0] ?? '';
}

/** Whether a caller who may read the target could see in it what is shown beside the reference. */
function displays(target: ResourcePlan, options: ReferenceOptions, visible: ReadonlySet<string> | undefined): boolean {
  const field = displayFieldOf(options);
  return visible === undefined || visible.has(field) || target.alwaysShows(field);
}

/** `Type/key` → the resource of that type. @throws what `fault` makes of it */
export function splitReference(
  targets: readonly ResourcePlan[],
  text: string,
  fault: (reason: ReferenceFault) => SallyportError,
): { readonly target: ResourcePlan; readonly key: string } {
  const slash = text.indexOf('/');
  const target = targets.find(({ type }) => type === text.slice(0, slash));
  if (slash < 0 || target === undefined) throw fault('type');
  return { target, key: text.slice(slash + 1) };
}
