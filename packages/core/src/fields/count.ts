import { ConfigurationError } from '../errors/index.ts';
import type { EntityModel } from '../store/model.ts';
import type { CallCondition } from '../store/selection.ts';
import type { CodecContext, CompiledCodec, FieldCodec } from './codec.ts';
import { propertyOfKind } from './property-path.ts';

export interface CountOptions {
  /** Which of the rows are counted; all when absent. */
  readonly where?: (model: EntityModel) => CallCondition;
  /** What no rows at all are: `0` (the default), or unset like any other value. */
  readonly empty?: 'zero' | 'unset';
}

/** How many rows of a to-many relation there are; never written. */
export function countCodec(name: string, options: CountOptions = {}): FieldCodec {
  return {
    kind: 'count',
    compile({ model, path }: CodecContext): CompiledCodec {
      const relation = propertyOfKind(model, name, 'toMany', path);
      if (relation.by.kind !== 'foreignKey') throw new ConfigurationError(path, `"${name}" is many-to-many`);
      const where = options.where?.(relation.target);
      return {
        output: { type: 'integer', minimum: 0 },
        input: undefined,
        nullable: options.empty === 'unset',
        required: false,
        unset: options.empty === 'unset' ? null : 0,
        read(selection, { state }) {
          // Rows come and go without a new version of this record.
          state.varies = true;
          const rows = selection.toMany(relation, { where }, (each) => each.column(relation.target.primaryKey));
          return (row) => {
            const count = rows(row).length;
            return count === 0 && options.empty === 'unset' ? undefined : count;
          };
        },
      };
    },
  };
}
