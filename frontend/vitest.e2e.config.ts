import { defineConfig } from "vitest/config";

/** Browser tests: one file a journey, one browser a file, against a server that HEDDLE_E2E tells of. */
export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // What is polled mostly waits for a save, on a machine that may be busy.
    expect: { poll: { timeout: 15_000, interval: 100 } },
  },
});
