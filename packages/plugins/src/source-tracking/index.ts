export { type Change, type SourceTracking, type SourceTrackingOptions, trackSources } from './track-sources.ts';
