export { bulkExport } from './bulk-export.ts';
export type { BulkExportOptions } from './options.ts';
