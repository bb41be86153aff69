import type { CallContext } from '../../road/call.ts';
import type { Statement } from './statement.ts';

/** Text that depends on the call: a domain within a join. */
export type Dynamic = (to: Statement, call: CallContext) => string;
/** SQL that is compiled once: text, with gaps that each call fills. */
export type Template = readonly (string | Dynamic)[];

/** Joins neighbouring texts, so that a template without gaps is one string. */
export function fuse(pieces: Template): Template {
  const fused: (string | Dynamic)[] = [];
  for (const piece of pieces) {
    const last = fused.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') fused[fused.length - 1] = last + piece;
    else if (piece !== '') fused.push(piece);
  }
  return fused;
}

/** The text of a template for one call. */
export function render(template: Template, to: Statement, call: CallContext): string {
  let text = '';
  for (const piece of template) text += typeof piece === 'string' ? piece : piece(to, call);
  return text;
}
