import { openapiDocument } from '@sallyport/plugins/openapi';
import { postmanCollection } from '@sallyport/plugins/postman';
import type { Command } from 'commander';
import { basePath, documentInfo } from '../app.ts';
import { readSettings } from '../settings.ts';
import { write } from './output.ts';
import { postmanFolders, postmanSamples } from './postman-samples.ts';
import { withOpenSpp } from './with-openspp.ts';

/** `postman`: a collection of every endpoint, with made-up people in an order in which it can be played. */
export function addPostmanCommand(program: Command): void {
  program
    .command('postman')
    .description('write a Postman collection of all endpoints')
    .option('--out <file>', 'where to; standard output when absent')
    .action(({ out }: { readonly out?: string }) =>
      withOpenSpp(({ api }) => {
        const { publicUrl, host, port } = readSettings();
        const collection = postmanCollection(openapiDocument(api.plan, documentInfo), {
          baseUrl: `${publicUrl ?? `http://${host}:${port}`}${basePath}`,
          variables: { consent: '' },
          samples: postmanSamples,
          folders: postmanFolders,
        });
        return write(collection, out);
      }),
    );
}
