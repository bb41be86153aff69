export { ConformanceError } from './conformance-error.ts';
export {
  type Conformance,
  type ConformanceOptions,
  call,
  conformingTo,
  type ReceivedResponse,
} from './conforming.ts';
