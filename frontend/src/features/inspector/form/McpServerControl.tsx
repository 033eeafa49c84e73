import { copy } from "../copy";
import { useMcpServerChoices } from "../queries";
import { Chooser } from "./Chooser";
import type { ControlProps } from "./controlProps";

/** An MCP server that the person may use; a node holds its id. */
export function McpServerControl(props: ControlProps) {
  const choices = useMcpServerChoices();
  const texts = { placeholder: copy.form.mcpServer, emptyText: copy.form.noMcpServer };
  return <Chooser {...props} {...texts} choices={choices} />;
}
