import { expect, test } from "vitest";
import { placeBeside } from "./placing";

const WINDOW = { width: 1440, height: 900 };

test.each([
  ["below a button at the upper left", { left: 68, top: 60, width: 90, height: 32 }, { left: 68, top: 104 }],
  [
    "inside of the window below one at the right",
    { left: 1300, top: 8, width: 90, height: 32 },
    { left: 1108, top: 52 },
  ],
  ["left of a panel", { left: 1060, top: 48, width: 380, height: 852 }, { left: 728, top: 60 }],
  ["above what stands low", { left: 400, top: 800, width: 224, height: 64 }, { left: 400, top: 588 }],
])("the card stands %s", (_, box, expected) => {
  expect(placeBeside(box, WINDOW)).toEqual(expected);
});
