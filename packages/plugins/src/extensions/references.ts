import { all, type CodecContext, ConfigurationError, compare, findOne, type WriteContext } from '@sallyport/core';
import { invalidPart } from './codes.ts';

/** Looks records of another resource up by a property that tells them apart. */
export interface NameLookup {
  /** The name, when one record has it. @throws SallyportError `invalid_body` when none has, or more than one */
  find(name: string, context: WriteContext): Promise<string>;
  /** @throws ConfigurationError for a property that there is none of, and a resource whose records policies hide */
  verify(): void;
}

/** Names are copied into extensions, where nobody hides them: they must be those of records that nothing hides. */
export function nameLookup(
  codec: CodecContext,
  { resource, by, path }: { readonly resource: string; readonly by: string; readonly path: string },
): NameLookup {
  const target = () => codec.resource(resource);
  const nameOf = () => {
    const property = target().model.properties.get(by);
    if (property?.kind !== 'scalar' || property.type !== 'string') {
      throw new ConfigurationError(path, `no text property "${by}" on ${target().model.name}`);
    }
    return property;
  };
  return {
    async find(name, context) {
      const plan = target();
      const where = all(plan.referable(context.call), compare(nameOf(), 'eq', name));
      const found = await findOne(plan.model, where, context);
      if (typeof found === 'string') throw invalidPart(context.path, `No ${plan.type} has this name.`, name);
      return name;
    },
    verify() {
      nameOf();
      if ((target().descriptor.policies ?? []).length > 0) {
        throw new ConfigurationError(path, `names of ${resource} records are under policies and cannot be copied`);
      }
    },
  };
}
