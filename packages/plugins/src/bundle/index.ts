export { bundle } from './bundle.ts';
export type { BundleFaultCode, OperationOutcome } from './faults.ts';
export type { BundleEntry, BundleMethod, BundleOptions } from './options.ts';
