/** `program_membership` and `programMembership` → `ProgramMembership`. */
export function capitalised(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}
