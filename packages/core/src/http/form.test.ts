import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { parseForm } from './form.ts';
import { faultOf } from './testing/fault.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('parseForm', () => {
  it('reads flat pairs in order, repetitions kept', () => {
    expect(parseForm(bytesOf('grant_type=client_credentials&scope=a+b&scope=%C3%A9&b[c]=3'))).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'a b'],
      ['scope', 'é'],
      ['b[c]', '3'],
    ]);
    expect(parseForm(new Uint8Array())).toEqual([]);
  });

  it.each(['a=%', 'a=%E0%A4%A', '%zz=1', 'a=%00', 'a=%1B'])('refuses %s', (text) => {
    const fault = faultOf(() => parseForm(bytesOf(text)));
    expect(fault).toMatchObject({ code: 'malformed_body', status: 400 });
    expect(fault.issues[0]).toMatchObject({ in: 'body', code: 'format' });
  });

  it('refuses bytes that are not UTF-8', () => {
    const fault = faultOf(() => parseForm(Uint8Array.from([0x61, 0x3d, 0xff])));
    expect(fault.issues[0]?.code).toBe('format');
  });

  it('takes 1000 fields and not one more', () => {
    expect(parseForm(bytesOf('a=1&'.repeat(1000)))).toHaveLength(1000);
    expect(faultOf(() => parseForm(bytesOf('a=1&'.repeat(1001)))).detail).toBe('There are too many fields.');
    expect(faultOf(() => parseForm(bytesOf('a&b&c'), 2)).code).toBe('malformed_body');
  });

  it('throws nothing but SallyportError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parseForm(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
