export {
  type AdapterSubject,
  adapterCases,
  adapterConformance,
  type HostSetting,
  type RunningHost,
} from './adapter-conformance.ts';
export { type Bench, type ConformanceCase, until } from './case.ts';
export { headerOf, openConnection, type RawConnection, type RawReply, transcript } from './raw-client.ts';
export { createRecordingApi, type RecordedRequest, type RecordingApi, type Script } from './recording-api.ts';
export { type RunningProgram, type StartOptions, startProgram } from './start-program.ts';
