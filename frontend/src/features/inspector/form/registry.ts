import type { ComponentType } from "react";
import type { Control } from "@/domain/form";
import { AnyControl } from "./AnyControl";
import { BooleanControl } from "./BooleanControl";
import { ChipsControl } from "./ChipsControl";
import { ChoiceControl } from "./ChoiceControl";
import { CodeControl } from "./CodeControl";
import type { ControlProps } from "./controlProps";
import { DataTableControl } from "./DataTableControl";
import { DateTimeControl } from "./DateTimeControl";
import { DictControl } from "./DictControl";
import { FormControl } from "./FormControl";
import { JsonControl } from "./JsonControl";
import { McpServerControl } from "./McpServerControl";
import { McpToolControl } from "./McpToolControl";
import { McpToolsControl } from "./McpToolsControl";
import { ModelControl } from "./ModelControl";
import { MultiSelectControl } from "./MultiSelectControl";
import { NumberControl } from "./NumberControl";
import { ParamCredentialControl } from "./ParamCredentialControl";
import { RowsControl } from "./RowsControl";
import { SectionControl } from "./SectionControl";
import { TextControl } from "./TextControl";
import { VariantControl } from "./VariantControl";
import { WorkflowControl } from "./WorkflowControl";

/** The component of each control. A new control is a name in `domain/form` and a line here. */
export const registry: Readonly<Record<Control, ComponentType<ControlProps>>> = {
  text: TextControl,
  multiline: TextControl,
  uri: TextControl,
  email: TextControl,
  "date-time": DateTimeControl,
  segmented: ChoiceControl,
  select: ChoiceControl,
  multi_select: MultiSelectControl,
  number: NumberControl,
  integer: NumberControl,
  boolean: BooleanControl,
  chips: ChipsControl,
  rows: RowsControl,
  dict: DictControl,
  section: SectionControl,
  variant: VariantControl,
  credential: ParamCredentialControl,
  workflow: WorkflowControl,
  data_table: DataTableControl,
  model: ModelControl,
  mcp_server: McpServerControl,
  mcp_tool: McpToolControl,
  mcp_tools: McpToolsControl,
  file: TextControl,
  code: CodeControl,
  form: FormControl,
  file_form: FormControl,
  any: AnyControl,
  json: JsonControl,
};

/** Controls that hold text, so that an expression can be written right in them. */
export const TEXTUAL: ReadonlySet<Control> = new Set(["text", "multiline", "uri", "email", "file", "any"]);

/** Controls of many parts, which get a legend instead of a label. */
export const COMPOSED: ReadonlySet<Control> = new Set([
  "rows",
  "dict",
  "section",
  "multi_select",
  "mcp_tools",
  "form",
  "file_form",
]);
