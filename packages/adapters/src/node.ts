export { answerClientError, type ClientError } from './client-error.ts';
export { type CloseOptions, type CloseReport, gracefulClose, trackConnections } from './graceful-close.ts';
export { createNodeHandler, type NodeHandlerOptions, type NodeListener } from './node-handler.ts';
export { type RunningServer, type ServeOptions, type ServerLimits, serve, serverLimits } from './serve.ts';
export { type StopOptions, untilStopped } from './until-stopped.ts';
