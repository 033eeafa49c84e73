import type { Reporter } from "vitest/node";

/**
 * Lists at the end of a run the tests that passed only on another try, with what they failed with before: each is a
 * race that somebody has to look at.
 */
export function flakyTests(): Reporter {
  return {
    onTestRunEnd(modules) {
      const found = modules.flatMap((module) =>
        [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky).map((test) => ({ module, test })),
      );
      if (found.length === 0) return;
      const lines = found.map(({ module, test }) => {
        const why = test.result().errors?.[0]?.message.split("\n", 1)[0] ?? "";
        return `  ${module.relativeModuleId} > ${test.fullName} (tries: ${1 + (test.diagnostic()?.retryCount ?? 0)})\n    ${why}`;
      });
      process.stdout.write(`\n Failed first, then passed: ${found.length}\n${lines.join("\n")}\n\n`);
    },
  };
}
