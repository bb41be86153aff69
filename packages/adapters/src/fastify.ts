import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { HandleOptions, RequestHandler } from '@sallyport/core';
import type { FastifyError, FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { ask, takes } from './exchange.ts';
import { isFollower, trackConnections } from './graceful-close.ts';
import { toRawRequest, writeRawResponse } from './message.ts';

/**
 * Serves an API on a Fastify instance, wherever in the tree of plugins it is registered.
 *
 * Requests that come over a socket are taken before Fastify's router: the API sees them raw, and Fastify's hooks, its
 * request log and its body parsers do not run for them. Requests that Fastify has routed already (`inject`, and the
 * second server it opens when it listens on `localhost`) are taken in an `onRequest` hook, after hooks registered
 * earlier. What is not the API's goes on to Fastify's routes; with `unmatched: 'answer'` the API answers 404 in place
 * of Fastify where these have nothing either.
 *
 * @example
 * ```ts
 * const app = fastify();
 * await app.register(fastifyAdapter(api));
 * ```
 * @see docs/reference/adapters.md#fastify
 */
export function fastifyAdapter(api: RequestHandler, options: HandleOptions = {}): FastifyPluginCallback {
  const take = taker(api, options);
  const plugin: FastifyPluginCallback = (instance, _, done) => {
    const root = rootOf(instance);
    takeFromSockets(root.server, api, take);
    trackConnections(root.server);
    takeFromHooks(root, api, options, take);
    takeFromBadTargets(root, api, options, take);
    done();
  };
  // What fastify-plugin does: the hook belongs to the instance, not to a context of its own.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@sallyport/adapters/fastify',
    [Symbol.for('plugin-meta')]: { name: '@sallyport/adapters/fastify', fastify: '5.x' },
  });
}

/** Answers a request, `taking` it just before; or says that it was the host's after all. */
type Take = (incoming: IncomingMessage, outgoing: ServerResponse, declined: () => void, taking?: () => void) => void;

function taker(api: RequestHandler, options: HandleOptions): Take {
  const declinedBefore = new WeakSet<IncomingMessage>();
  return (incoming, outgoing, declined, taking) => {
    if (declinedBefore.has(incoming)) return declined();
    void ask(api, toRawRequest(incoming, outgoing, { target: targetOf(incoming) }), options).then((answer) => {
      if (answer === undefined) {
        declinedBefore.add(incoming);
        return declined();
      }
      taking?.();
      return writeRawResponse(answer, incoming, outgoing);
    });
  };
}

/** Fastify keeps the target as sent in `originalUrl` when its `rewriteUrl` option is used. */
function targetOf(incoming: IncomingMessage & { originalUrl?: string }): string {
  return incoming.originalUrl ?? incoming.url ?? '';
}

interface Front {
  readonly api: RequestHandler;
  readonly take: Take;
}

const fronts = new WeakMap<Server, Front[]>();

/** Steps before Fastify's own listener on the HTTP server; once for each server, whatever the number of APIs. */
function takeFromSockets(server: Server, api: RequestHandler, take: Take): void {
  const known = fronts.get(server);
  if (known !== undefined) {
    known.push({ api, take });
    return;
  }
  const front: Front[] = [{ api, take }];
  fronts.set(server, front);
  const host = server.rawListeners('request').filter((listener) => !isFollower(listener));
  for (const listener of host) server.off('request', listener as RequestListener); // Node types listeners as Function.
  server.on('request', (incoming, outgoing) => {
    const pass = () => {
      for (const listener of host) Reflect.apply(listener, server, [incoming, outgoing]);
    };
    const found = front.find((candidate) => candidate.api.owns(targetOf(incoming)));
    if (found === undefined) pass();
    else found.take(incoming, outgoing, pass);
  });
}

function takeFromHooks(root: FastifyInstance, api: RequestHandler, options: HandleOptions, take: Take): void {
  root.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    const taken = api.owns(targetOf(raw)) || (options.unmatched === 'answer' && request.is404);
    if (!taken) return done();
    take(raw, reply.raw, done, () => reply.hijack());
  });
}

type FrameworkErrors = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Targets that Fastify's router cannot decode reach no hook. Over a socket they were taken before; for the rest the
 * only door is the `frameworkErrors` option, which an instance keeps in its options and reads at each such request.
 * Where a later Fastify keeps it elsewhere these requests get Fastify's own 400, and nothing else changes.
 */
function takeFromBadTargets(root: FastifyInstance, api: RequestHandler, options: HandleOptions, take: Take): void {
  const symbol = Object.getOwnPropertySymbols(root).find(({ description }) => description === 'fastify.options');
  if (symbol === undefined) return;
  const kept: { frameworkErrors?: FrameworkErrors } = Reflect.get(root, symbol);
  const hosts = kept.frameworkErrors ?? answerAsFastify;
  kept.frameworkErrors = (error, request, reply) => {
    if (!takes(api, targetOf(request.raw), options)) return hosts(error, request, reply);
    take(
      request.raw,
      reply.raw,
      () => hosts(error, request, reply),
      () => reply.hijack(),
    );
  };
}

/** Fastify's own answer to such a target, which the option would replace. */
function answerAsFastify(
  { code, message, statusCode = 400 }: FastifyError,
  _: FastifyRequest,
  reply: FastifyReply,
): void {
  const body = JSON.stringify({
    error: statusCode < 500 ? 'Bad Request' : 'Internal Server Error',
    code,
    message,
    statusCode,
  });
  reply.hijack();
  reply.raw.writeHead(statusCode, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  reply.raw.end(body);
}

/** A plugin's context inherits from the one it was registered in; the first of them is the instance that serves. */
function rootOf(instance: FastifyInstance): FastifyInstance {
  let root = instance;
  for (;;) {
    const parent: unknown = Object.getPrototypeOf(root);
    if (parent === null || parent === Object.prototype) return root;
    root = parent as FastifyInstance; // Fastify makes every context by `Object.create(parent)`.
  }
}
