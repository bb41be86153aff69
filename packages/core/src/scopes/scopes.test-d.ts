import { expectTypeOf } from 'vitest';
import { allOf, anyOf, defineScopes, type Scope, type ScopeVocabulary } from './index.ts';

/** Checked by `tsc` alone: nothing here runs. */

expectTypeOf(defineScopes()).toEqualTypeOf<ScopeVocabulary>();
expectTypeOf(anyOf('a', allOf('b', 'c'))).toExtend<Scope>();
expectTypeOf<['a', 'b']>().toExtend<Scope>();
expectTypeOf<[]>().not.toExtend<Scope>();

// @ts-expect-error nothing is a choice of nothing
anyOf();
// @ts-expect-error all of nothing would let everybody through
allOf();
// @ts-expect-error a list within a combination could mean either
allOf('a', ['b', 'c']);

defineScopes({ includes: { read: ['search'] }, methods: 'update' });
defineScopes({ actions: ['read', 'all'], includes: { all: 'every', read: [] }, methods: 'read' });
// @ts-expect-error there is no such action among the usual ones
defineScopes({ includes: { read: ['find'] } });
// @ts-expect-error there is no such action
defineScopes({ actions: ['read', 'all'], includes: { everything: 'every' } });
// @ts-expect-error there is no such action
defineScopes({ actions: ['read'], methods: 'rpc' });
// @ts-expect-error a vocabulary of no action lets nobody do anything
defineScopes({ actions: [] });
// @ts-expect-error an alias stands for something
defineScopes({ aliases: { write: [] } });
