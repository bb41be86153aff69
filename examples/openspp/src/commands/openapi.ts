import { openapiDocument } from '@sallyport/plugins/openapi';
import { type Command, Option } from 'commander';
import { documentInfo } from '../app.ts';
import { write } from './output.ts';
import { withOpenSpp } from './with-openspp.ts';

/** `openapi`: the document of the API, made from its plan. */
export function addOpenApiCommand(program: Command): void {
  program
    .command('openapi')
    .description('write the OpenAPI document')
    .addOption(new Option('--version <version>', 'version of OpenAPI').choices(['3.0', '3.1']).default('3.1'))
    .option('--out <file>', 'where to; standard output when absent')
    .action(({ version, out }: { readonly version: '3.0' | '3.1'; readonly out?: string }) =>
      withOpenSpp(({ api }) => write(openapiDocument(api.plan, { ...documentInfo, version }), out)),
    );
}
