/** Roles on a workflow; each includes those before it. */
export const ROLES = ["viewer", "runner", "editor", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** Whether a role is enough for what needs another one. */
export function includes(role: Role, needs: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needs);
}
