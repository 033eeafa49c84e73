import { copy } from "../copy";
import { Chooser, chosenIn } from "./Chooser";
import type { ControlProps } from "./controlProps";
import { TextControl } from "./TextControl";
import { useServerTools } from "./useServerTools";

/** A tool of the chosen MCP server; its name is written where the server's list is not to be had. */
export function McpToolControl(props: ControlProps) {
  const { tools, isPending, hint } = useServerTools(props.field);
  if (hint !== undefined)
    return (
      <>
        <TextControl {...props} />
        <p className="text-meta text-muted">{hint}</p>
      </>
    );
  const options = (tools ?? []).map(({ name }) => ({ value: name, label: name }));
  const chosen = tools?.find(({ name }) => name === chosenIn(props));
  return (
    <>
      <Chooser
        {...props}
        choices={{ data: options, isPending }}
        placeholder={copy.form.mcpTool}
        emptyText={copy.form.noMcpTool}
      />
      {chosen?.description ? <p className="line-clamp-3 text-meta text-muted">{chosen.description}</p> : null}
    </>
  );
}
