/** The fields of a task's form: a flat reading of its JSON Schema. */
export interface TaskField {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly kind: "text" | "number" | "boolean" | "choice" | "json";
  readonly isRequired: boolean;
  readonly choices: readonly string[];
  readonly initial: string;
}

type Schema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function kindOf(schema: Schema): TaskField["kind"] {
  if (Array.isArray(schema.enum)) return "choice";
  if (schema.type === "number" || schema.type === "integer") return "number";
  if (schema.type === "boolean") return "boolean";
  return schema.type === "object" || schema.type === "array" ? "json" : "text";
}

/** Returns the fields of a form, in its order. */
export function fieldsOf(form: Schema | null): TaskField[] {
  if (!form || !isSchema(form.properties)) return [];
  const required = Array.isArray(form.required) ? form.required : [];
  return Object.entries(form.properties).map(([name, given]) => {
    const schema = isSchema(given) ? given : {};
    const initial = schema.default;
    return {
      name,
      label: text(schema.title) || name.replaceAll("_", " "),
      help: text(schema.description),
      kind: kindOf(schema),
      isRequired: required.includes(name),
      choices: Array.isArray(schema.enum) ? schema.enum.map(String) : [],
      initial: initial === undefined ? "" : typeof initial === "string" ? initial : JSON.stringify(initial),
    };
  });
}

/** Returns what is sent for the texts of the fields; fields left empty are left out. Raises: SyntaxError. */
export function dataOf(form: Schema | null, texts: Readonly<Record<string, string>>): Record<string, unknown> {
  const properties = form && isSchema(form.properties) ? form.properties : {};
  const data: Record<string, unknown> = {};
  for (const field of fieldsOf(form)) {
    const written = texts[field.name] ?? field.initial;
    if (field.kind === "boolean") data[field.name] = written === "true";
    else if (written === "") continue;
    else if (field.kind === "number") data[field.name] = Number(written);
    else if (field.kind === "json") data[field.name] = JSON.parse(written);
    else if (field.kind === "choice") {
      const schema = properties[field.name];
      const values: readonly unknown[] = isSchema(schema) && Array.isArray(schema.enum) ? schema.enum : [];
      data[field.name] = values.find((value) => String(value) === written);
    } else data[field.name] = written;
  }
  return data;
}
