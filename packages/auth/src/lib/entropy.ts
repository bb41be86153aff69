/** Shannon entropy of a text or bytes, in bits for each character over its own distribution. */
export function shannonEntropy(value: string | Uint8Array): number {
  const counts = new Map<string | number, number>();
  let total = 0;
  for (const step of value) {
    counts.set(step, (counts.get(step) ?? 0) + 1);
    total += 1;
  }
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / total;
    bits -= share * Math.log2(share);
  }
  return bits;
}
