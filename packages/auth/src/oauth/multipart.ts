import { Busboy } from '@fastify/busboy';

/** Fields of a form, in order, repetitions kept. */
export type FormFields = readonly (readonly [name: string, value: string])[];

const limits = {
  fieldNameSize: 64,
  fieldSize: 2048,
  fields: 16,
  files: 0,
  parts: 16,
  headerPairs: 32,
  headerSize: 2048,
};

/**
 * Reads the fields of a `multipart/form-data` body (RFC 7578), as `curl -F` sends them. Files, and more or longer fields
 * than a token request has, make it unreadable.
 *
 * @throws Error when it cannot be read
 */
export function readMultipart(contentType: string, bytes: Uint8Array): Promise<FormFields> {
  return new Promise((resolve, reject) => {
    const fields: (readonly [string, string])[] = [];
    const refuse = (): void => reject(new Error('the multipart body is not a form of plain fields'));
    const parser = new Busboy({
      headers: { 'content-type': contentType },
      limits,
      isPartAFile: (_, __, file) => file !== undefined,
    });
    parser.on('field', (name, value, nameTruncated, valueTruncated) => {
      if (nameTruncated || valueTruncated) refuse();
      fields.push([name, value]);
    });
    parser.on('file', (_name, stream) => {
      stream.resume();
      refuse();
    });
    for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) parser.on(event, refuse);
    parser.on('error', refuse);
    parser.on('finish', () => resolve(fields));
    parser.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}
