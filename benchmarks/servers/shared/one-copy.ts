/**
 * Preloaded (`--import`) by contenders that import the workspace's packages. Those packages would find MikroORM, the
 * driver and the frameworks in the root's `node_modules`, their server in this folder's: two copies of an ORM do not
 * know each other's entities. This sends every such import to this folder's copy, which is also the one that the other
 * contenders use.
 */
import { registerHooks } from 'node:module';

const shared = /^(@mikro-orm\/|reflect-metadata$|pg($|\/)|hashids$|fastify$|express$|koa$)/;
const parentURL = import.meta.url;

registerHooks({
  resolve: (specifier, context, next) => next(specifier, shared.test(specifier) ? { ...context, parentURL } : context),
});
