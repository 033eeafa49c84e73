import { CredentialSelect } from "../credentials/CredentialSelect";
import { ariaOf, type ControlProps, shownValue } from "./controlProps";

/** A credential as a param, of any type. */
export function ParamCredentialControl(props: ControlProps) {
  const { field, onChange } = props;
  const given = shownValue(field);
  return (
    <CredentialSelect
      {...ariaOf(props)}
      value={typeof given === "string" ? given : null}
      types={[]}
      onChange={(next) => onChange(field.path, next ?? undefined, field.label)}
    />
  );
}
