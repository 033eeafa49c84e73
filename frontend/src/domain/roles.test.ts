import { expect, test } from "vitest";
import { includes, ROLES } from "./roles";

test("each role includes those before it and none after", () => {
  for (const [at, role] of ROLES.entries())
    expect(ROLES.filter((needs) => includes(role, needs))).toEqual(ROLES.slice(0, at + 1));
});
