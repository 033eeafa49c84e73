import { copy } from "../copy";
import { ChipsControl } from "./ChipsControl";
import { type ControlProps, shownValue } from "./controlProps";
import { MultiSelectControl } from "./MultiSelectControl";
import { useServerTools } from "./useServerTools";

/** Some tools of the chosen MCP server, or none for all; names are written where the list is not to be had. */
export function McpToolsControl(props: ControlProps) {
  const { tools, isPending, hint } = useServerTools(props.field);
  const given = shownValue(props.field);
  const isAll = !Array.isArray(given) || given.length === 0;
  if (hint !== undefined)
    return (
      <div className="flex flex-col gap-1">
        <ChipsControl {...props} />
        <p className="text-meta text-muted">{hint}</p>
      </div>
    );
  const options = (tools ?? []).map(({ name }) => ({ value: name, label: name }));
  return (
    <div aria-busy={isPending} className="flex flex-col gap-1">
      <MultiSelectControl {...props} field={{ ...props.field, options }} />
      {isAll ? <p className="text-meta text-muted">{copy.form.mcpAllTools}</p> : null}
    </div>
  );
}
