import type { Extension } from '@sallyport/plugins/extensions';
import { dwelling } from './dwelling.ts';
import { fisher } from './fisher.ts';
import { livestock } from './livestock.ts';

export { extended } from './extended.ts';
export { dwelling, fisher, livestock };

/** The extensions that are there unless the API is made with others. */
export const shippedExtensions: readonly Extension[] = [fisher, dwelling, livestock];
