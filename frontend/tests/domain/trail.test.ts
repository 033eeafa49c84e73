// @vitest-environment node
import { expect, it } from "vitest";
import { calledWorkflow } from "@/domain/calledWorkflow";
import type { NodeType } from "@/domain/definition";
import { pathBack, pathInto, readTrail } from "@/domain/trail";
import catalogue from "../fixtures/catalogue.json";

const via = (path: string) => new URL(path, "http://x").searchParams.get("via");

it("leads into a sub-workflow and back to the node that calls it, whatever the ids", () => {
  const into = pathInto("child", { workflowId: "a", nodeId: "n!1~%" }, [{ workflowId: "top", nodeId: "x y" }]);
  const trail = readTrail(via(into));
  expect(trail).toEqual([
    { workflowId: "top", nodeId: "x y" },
    { workflowId: "a", nodeId: "n!1~%" },
  ]);
  const back = new URL(pathBack(trail, 1), "http://x");
  expect(back.pathname).toBe("/workflows/a");
  expect(back.searchParams.get("node")).toBe("n!1~%");
  expect(readTrail(back.searchParams.get("via"))).toEqual(trail.slice(0, 1));
  expect(pathBack(trail, 0)).toBe("/workflows/top?node=x+y");
});

it("keeps the last stops of a long way, and takes what is no way for none", () => {
  const long = Array.from({ length: 20 }, (_, at) => ({ workflowId: `w${at}`, nodeId: "n" }));
  expect(readTrail(via(pathInto("child", { workflowId: "last", nodeId: "n" }, long)))).toHaveLength(8);
  expect(readTrail(null)).toEqual([]);
  expect(readTrail("~~!x")).toEqual([]);
  expect(readTrail("%E0%A4%A")).toEqual([{ workflowId: "%E0%A4%A", nodeId: "" }]);
  expect(pathBack([], 3)).toBe("/workflows");
});

it("finds the workflow that a node calls by what the catalogue says of its params", () => {
  // The catalogue as the server writes it.
  const types = catalogue as unknown as NodeType[];
  const type = types.find(({ kind }) => kind === "sub_workflow");
  expect(calledWorkflow(type, { workflow_id: "w1" })).toBe("w1");
  expect(calledWorkflow(type, {})).toBeNull();
  expect(calledWorkflow(type, { workflow_id: "{{ $json.id }}" })).toBeNull();
  expect(
    calledWorkflow(
      types.find(({ kind }) => kind === "set"),
      { workflow_id: "w1" },
    ),
  ).toBeNull();
  expect(calledWorkflow(undefined, { workflow_id: "w1" })).toBeNull();
});
