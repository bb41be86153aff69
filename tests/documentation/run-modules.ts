// A process of its own: runs the modules that it is given, one after another, and tells what each has printed.
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

const write = process.stdout.write.bind(process.stdout);
process.env.NO_COLOR = '1';

for (const file of process.argv.slice(2)) {
  const printed: string[] = [];
  process.stdout.write = (chunk: string | Uint8Array) => {
    printed.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return true;
  };
  let error: string | undefined;
  try {
    await import(pathToFileURL(file).href);
  } catch (thrown) {
    error = inspect(thrown);
  }
  process.stdout.write = write;
  write(`${JSON.stringify({ file, printed: printed.join(''), error })}\n`);
}
process.exit(0);
