export { orderPlugins } from './order.ts';
export {
  definePlugin,
  type OutgoingResponse,
  type Plugin,
  type PluginDocumentation,
  type PluginHooks,
  type PluginSetup,
  type ReceivedRequest,
  type ShownRecord,
} from './plugin.ts';
export type { AuthenticationRequest, AuthenticationStrategy, RequestPrincipal } from './strategy.ts';
