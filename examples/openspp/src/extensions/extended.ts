import type { ResourceDescriptor } from '@sallyport/core';
import { codesOf, type Extension, extensible } from '@sallyport/plugins/extensions';
import { type Registrant, VocabularyCode } from '../entities/index.ts';
import { parameterFault } from '../errors.ts';

const codes = codesOf(VocabularyCode, { system: 'system', code: 'code', display: 'display', active: 'active' });

/** A resource of registrants with those extensions, among all that there are, that apply to it (contract §19). */
export function extended(descriptor: ResourceDescriptor, extensions: readonly Extension[]): ResourceDescriptor {
  const { field, parameters } = extensible<Registrant>({
    resource: descriptor.name,
    property: 'extension',
    extensions,
    codes,
    description: 'Extensions, by their keys: shown when the parameter _extensions asks for them.',
    parameterFault: (parameter, form) => parameterFault('filter_value_unknown', { parameter, values: form }),
  });
  return {
    ...descriptor,
    fields: { ...descriptor.fields, extension: field },
    parameters: { ...descriptor.parameters, ...parameters },
  };
}
